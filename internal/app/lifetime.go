package app

import (
	"time"

	"github.com/countersign/countersign/internal/config"
)

// accepted is how long a token lives at most that our surfaces accept: so long a
// cut-off has to be remembered. Where tokens have no type a refresh token is one of
// them.
func accepted(cfg *config.Config) time.Duration {
	longest := cfg.AccessLifetime
	if cfg.SimpleJWT() {
		longest = max(longest, cfg.SlidingLifetime)
		if originalClaims(cfg).TokenTypeClaim == "" {
			longest = max(longest, cfg.RefreshIdleLifetime)
		}
	}
	return longest
}

// signed is how long a token lives at most that the keyring's key signs: so long the
// key has to stay after it. Under the preset it signs refresh tokens too.
func signed(cfg *config.Config) time.Duration {
	if cfg.SimpleJWT() {
		return max(accepted(cfg), cfg.RefreshIdleLifetime)
	}
	return accepted(cfg)
}
