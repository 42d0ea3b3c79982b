package signin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// ErrBlacklisted is returned by CheckAny for a revoked refresh token, under the
// preset with its blacklist.
var ErrBlacklisted = fault.New(fault.Invalid, "token_blacklisted", "Token is blacklisted")

// Original is what the preset adds: all tokens are signed with one key, which other
// issuers may share. What they sign is foreign: it belongs to no session.
type Original struct {
	// Refreshes verifies refresh tokens, Sliding sliding ones, and Any a token of any
	// kind without regard to revocations.
	Refreshes, Sliding, Any *verify.Verifier

	// Bridge says for how long foreign tokens are accepted.
	Bridge *token.Bridge

	// Named returns the account that the user id claim of a foreign token names,
	// user.ErrNotFound when there is none.
	Named func(ctx context.Context, claim string) (ident.UserID, error)

	// Blacklist makes CheckAny refuse revoked refresh tokens.
	Blacklist bool
}

// tokenID is what a foreign token is known by: its jti, or where the settings say
// that tokens have none, a digest of what is signed. The signature is not part of it:
// of ECDSA everybody can make a second one.
func tokenID(c *verify.Claims, raw string) string {
	if c.ID != "" {
		return c.ID
	}
	sum := sha256.Sum256([]byte(raw[:strings.LastIndexByte(raw, '.')]))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// foreign is a token of another issuer that may still count.
type foreign struct {
	id     string
	raw    string
	claims *verify.Claims
	owner  *snapshot.Snapshot // nil: it names nobody
}

// rightsVersion is that of the owner, nil without one.
func (f *foreign) rightsVersion() *int64 {
	if f.owner == nil {
		return nil
	}
	return &f.owner.User.RightsVersion
}

// foreigner looks at a foreign token whose signature and claims are good: whether the
// bridge is open, and whose it is. It does not look at what is kept about its id. cut
// says that a cut-off concerns it. ErrUserInactive, token.ErrSessionEnded, a
// *verify.Error.
func (s *Service) foreigner(ctx context.Context, c *verify.Claims, raw string, cut bool) (*foreign, error) {
	f := &foreign{id: tokenID(c, raw), raw: raw, claims: c}
	if !c.HasUserID || c.BlankUserID { // the original looks for nobody then
		return f, nil
	}
	id, err := s.Original.Named(ctx, c.UserID)
	if errors.Is(err, user.ErrNotFound) {
		return nil, ErrUserInactive
	}
	if err != nil {
		return nil, fmt.Errorf("the owner of a foreign token: %w", err)
	}
	if f.owner, err = s.subject(ctx, id); err != nil {
		return nil, err
	}
	if cut || f.owner.User.EndedForeign(c.IssuedAt) {
		return nil, token.ErrSessionEnded.Because(verify.ErrRevoked)
	}
	return f, nil
}

// live returns token.ErrSessionEnded when a foreign token was revoked.
func (s *Service) live(ctx context.Context, id string) error {
	_, err := s.Store.RevokedToken(ctx, id)
	switch {
	case errors.Is(err, session.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return token.ErrSessionEnded.Because(session.ErrTokenRevoked)
}

// checkOriginal is CheckAny under the preset: signature and claims, and with
// Blacklist whether a refresh token or a sliding one was revoked.
func (s *Service) checkOriginal(ctx context.Context, raw string) error {
	c, err := s.Original.Any.Verify(raw)
	if err != nil {
		return err
	}
	if err := s.Original.Bridge.Admit(c); err != nil {
		return err
	}
	if !s.Original.Blacklist || c.TokenType == "access" {
		return nil
	}
	if c.SessionID == "" {
		err = s.live(ctx, tokenID(c, raw))
	} else {
		err = s.notSpent(ctx, c, raw)
	}
	if errors.Is(err, token.ErrSessionEnded) || errors.Is(err, token.ErrRefreshReused) {
		return ErrBlacklisted
	}
	return err
}

// notSpent returns an error for a token of ours whose session ended, or that was
// traded for another one.
func (s *Service) notSpent(ctx context.Context, c *verify.Claims, raw string) error {
	held, err := s.Store.Session(ctx, ident.SessionID(c.SessionID))
	switch {
	case errors.Is(err, session.ErrNotFound):
		return nil // it is over for long: the claims said all there is to say
	case err != nil:
		return fmt.Errorf("check a token: %w", err)
	case held.EndReason == session.UserDisabled:
		return nil // the account is not looked at
	case !held.EndedAt.IsZero():
		return token.ErrSessionEnded.Because(errors.New(string(held.EndReason)))
	case c.TokenType != "refresh":
		return nil
	}
	p, err := s.Issuer.ParseRefresh(raw, s.Original.Refreshes)
	if err == nil && s.judge(p, held, s.Now()) == spent {
		return token.ErrRefreshReused
	}
	return err
}

// exchangeable is how long a foreign refresh token that was traded still returns the
// same successor.
func (s *Service) exchangeable(t session.RevokedToken, now time.Time) bool {
	return t.Reason == session.Exchanged && t.SessionID != "" && s.Grace > 0 && now.Sub(t.RevokedAt) <= s.Grace
}
