package app

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/verify"
)

// givenKeys tells the keyring of the keys that the configuration gives in place of
// those that it would make.
func (a *App) givenKeys() error {
	cfg, algorithm := a.cfg, verify.Algorithm(a.cfg.Algorithm)
	if !cfg.SimpleJWT() || algorithm.Family() == verify.HMAC {
		return nil
	}
	var err error
	switch {
	case cfg.JWKURL != "":
		a.remote, err = verify.NewRemoteKeys(verify.RemoteConfig{URL: cfg.JWKURL, Now: a.clock.now, Log: a.log})
		if err != nil {
			return fmt.Errorf("jwk_url: %w", err)
		}
		a.Keys.Remote = a.remote.Keys
	case !cfg.SigningKey.IsZero() || cfg.VerifyingKey != "":
		if a.Keys.Fixed, err = keyring.ParseFixed(algorithm, cfg.SigningKey, cfg.VerifyingKey); err != nil {
			return fmt.Errorf("signing_key and verifying_key: %w", err)
		}
	}
	if a.Keys.Remote == nil && !cfg.SigningSecret.IsZero() {
		// Tokens of Django's name no key. Where none of ours is named either, the
		// algorithm tells the two apart, and this one needs a name of its own.
		id := ""
		if a.Keys.OneKey() {
			id = "shared"
		}
		a.Keys.Foreign = keyring.SharedKey(verify.HS256, cfg.SigningSecret, id)
	}
	return nil
}

// followKeys keeps the keys of another issuer fresh.
func (a *App) followKeys(ctx context.Context) {
	if a.remote == nil {
		return
	}
	if err := a.remote.Run(ctx); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "the keys of jwk_url are not followed any more", "err", err)
	}
}
