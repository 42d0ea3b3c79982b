package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/simplejwt"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/verify"
)

// preset gives the services what the preset adds. It is called after they are made.
func (a *App) preset() {
	cfg := a.cfg
	if !cfg.SimpleJWT() {
		return
	}
	a.bridge = &token.Bridge{Until: cfg.BridgeUntil, Now: a.clock.now}
	if a.Keys.Foreign != nil {
		a.bridge.Algorithm = a.Keys.Foreign.Algorithm
	}
	a.issuer.Original = originalClaims(cfg)
	a.Bearer.Original = &bearer.Original{
		Bridge: a.bridge, RevokeClaim: a.issuer.Original.RevokeClaim, InactiveToo: !cfg.CheckUserIsActive,
	}
	if cfg.UserIDField != "id" {
		a.Bearer.Original.Named, a.Bearer.Original.Holder = a.named, a.holder
	}
	a.SignIn.Original = &signin.Original{Bridge: a.bridge, Named: a.named, Blacklist: cfg.BlacklistAfterRotation}
	a.SignIn.InactiveToo = !cfg.CheckUserIsActive
	// Without its blacklist the original accepts what was rotated until it expires;
	// with it, reuse is refused and ends nothing.
	a.SignIn.OlderGenerations = !cfg.BlacklistAfterRotation
	a.SignIn.KeepReused = cfg.BlacklistAfterRotation
}

// originalClaims are the claims as the settings call them.
func originalClaims(cfg *config.Config) *token.Original {
	named := func(claim string) string {
		if claim == "none" {
			return ""
		}
		return claim
	}
	o := &token.Original{
		UserIDField: cfg.UserIDField, UserIDClaim: cfg.UserIDClaim, NumericUserID: cfg.IntUserID,
		TokenTypeClaim: named(cfg.TokenTypeClaim), IDClaim: named(cfg.JTIClaim),
		SlidingLifetime: cfg.SlidingLifetime, SlidingRefreshLifetime: cfg.SlidingRefreshLifetime,
		SlidingExpiryClaim: cfg.SlidingRefreshExpClaim,
	}
	if cfg.CheckRevokeToken {
		o.RevokeClaim = cfg.RevokeTokenClaim
	}
	return o
}

// named returns the account that the user id claim of a token names.
func (a *App) named(ctx context.Context, claim string) (ident.UserID, error) {
	switch a.cfg.UserIDField {
	case "username":
		u, err := a.db.UserByUsername(ctx, claim, "")
		return u.ID, err
	case "email":
		found, err := a.db.UsersByEmail(ctx, user.EmailKey(claim), 2)
		if err == nil && (len(found) != 1 || found[0].Email != claim) {
			err = user.ErrNotFound // an address that several have names nobody
		}
		if err != nil {
			return "", err
		}
		return found[0].ID, nil
	}
	if !ident.Valid(claim) {
		return "", user.ErrNotFound
	}
	return ident.UserID(claim), nil
}

// holder returns whose a session is.
func (a *App) holder(ctx context.Context, id ident.SessionID) (ident.UserID, error) {
	held, err := a.db.Session(ctx, id)
	return held.UserID, err
}

// presetVerifiers makes what reads the tokens that only the preset has.
func (a *App) presetVerifiers() error {
	o := a.SignIn.Original
	var errs [3]error
	o.Refreshes, errs[0] = a.verifier(func(c *verify.Config) { c.TokenTypes, c.SkipSubject = []string{"refresh"}, true })
	o.Sliding, errs[1] = a.verifier(func(c *verify.Config) { c.TokenTypes, c.SkipSubject = []string{"sliding"}, true })
	o.Any, errs[2] = a.verifier(func(c *verify.Config) {
		c.AnyTokenType, c.SkipSubject, c.Revocations = true, true, nil
	})
	return errors.Join(errs[:]...)
}

// accessTypes are the types of token that may ask for something.
func (a *App) accessTypes() []string {
	if !a.cfg.SimpleJWT() {
		return nil
	}
	return slices.Clone(a.cfg.AuthTokenTypes)
}

// dialect is the adapter for clients of the original.
func (a *App) dialect(throttle *web.Throttle) *simplejwt.API {
	return &simplejwt.API{
		Accounts: a.Accounts, SignIn: a.SignIn, Bearer: a.Bearer, Preset: a.cfg.SimpleJWT(),
		HeaderTypes: a.cfg.AuthHeaderTypes, HeaderName: a.cfg.AuthHeaderName, TokenTypes: a.cfg.AuthTokenTypes,
		Throttle: throttle,
	}
}

// throttle bounds how often one client may ask where passwords and tokens are tried;
// nil without the setting.
func (a *App) throttle() *web.Throttle {
	count, per := a.cfg.ThrottleRate()
	if count == 0 {
		return nil
	}
	return web.NewThrottle(count, per, a.clock.now)
}

// reportBridge says every minute, and at the end, how many foreign tokens were
// accepted, so that an operator sees when nobody needs the bridge any more.
func (a *App) reportBridge(ctx context.Context) {
	if a.bridge == nil {
		return
	}
	report := func() {
		access, refresh := a.bridge.Took()
		if access+refresh == 0 {
			return
		}
		until := "open"
		if !a.cfg.BridgeUntil.IsZero() {
			until = a.cfg.BridgeUntil.Format(time.RFC3339)
		}
		a.log.InfoContext(ctx, "the bridge accepted tokens of another issuer", "access", access, "refresh", refresh, "bridge_until", until)
	}
	every(ctx, time.Minute, report)
	report()
}
