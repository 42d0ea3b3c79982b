package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/verify"
)

// The refusals of a sliding token that is good and cannot be extended.
var (
	ErrSlidingOver   = fault.New(fault.Unauthenticated, "sliding_over", "Token 'refresh_exp' claim has expired")
	ErrSlidingNoTerm = fault.New(fault.Unauthenticated, "sliding_no_term", "Token has no 'refresh_exp' claim")
)

// SignInSliding is SignIn for a sliding token: one token that is both presented and
// extended. It is the Access of the answer. Only under the preset.
func (s *Service) SignInSliding(ctx context.Context, from access.Origin, login string, plain secret.Text) (Tokens, error) {
	lifetime := s.Issuer.Original.SlidingRefreshLifetime
	started, snap, err := s.open(ctx, from, login, plain, span{lifetime, lifetime})
	if err != nil {
		return Tokens{}, err
	}
	raw, expires, err := s.Issuer.Sliding(s.subjectOf(snap), started)
	return Tokens{Access: raw, AccessExpiresAt: expires, UserID: started.UserID, SessionID: started.ID}, err
}

// RefreshSliding extends a sliding token that has not expired. It returns a
// *verify.Error, ErrSlidingOver, ErrSlidingNoTerm, ErrUserInactive,
// token.ErrSessionEnded. Only under the preset.
func (s *Service) RefreshSliding(ctx context.Context, from access.Origin, raw string) (Tokens, error) {
	c, err := s.Original.Sliding.Verify(raw)
	cut, revoked := verify.ClaimsOf(err)
	if revoked { // whose it is decides what is said
		c, err = cut, nil
	}
	if err != nil {
		return Tokens{}, err
	}
	if err := s.Original.Bridge.AdmitRefresh(c); err != nil {
		return Tokens{}, err
	}
	before, err := slidingTerm(c, s.Issuer.Original.SlidingExpiryClaim)
	if err != nil {
		return Tokens{}, err
	}
	if !s.Now().Add(-s.Issuer.Leeway).Before(before) {
		return Tokens{}, ErrSlidingOver
	}
	var version *int64
	t := Tokens{SessionID: ident.SessionID(c.SessionID)}
	if c.SessionID == "" {
		f, err := s.foreigner(ctx, c, raw, revoked)
		if err == nil {
			err = s.live(ctx, f.id)
		}
		if err != nil {
			return Tokens{}, err
		}
		version = f.rightsVersion()
		before = s.Now().Add(s.Issuer.Original.SlidingLifetime) // no session ends it
	} else {
		held, snap, err := s.slidingSession(ctx, c, revoked)
		if err != nil {
			return Tokens{}, err
		}
		if held.ExpiresAt.Before(before) {
			before = held.ExpiresAt
		}
		version, t.UserID = &snap.User.RightsVersion, held.UserID
	}
	t.Access, t.AccessExpiresAt, err = s.Issuer.SlidingFrom(raw, before, version)
	return t, err
}

// slidingTerm is until when a sliding token can be extended.
func slidingTerm(c *verify.Claims, claim string) (time.Time, error) {
	raw, ok := c.Extra(claim)
	if !ok {
		return time.Time{}, ErrSlidingNoTerm
	}
	var seconds float64
	switch err := json.Unmarshal(raw, &seconds); {
	case string(raw) == "true", string(raw) == "false": // 1 and 0 in the original
		return time.Unix(0, 0), nil
	case err != nil, string(raw) == "null", seconds > maxTerm:
		return time.Time{}, ErrSlidingNoTerm.Because(errors.New("it is no time"))
	}
	return time.Unix(int64(max(0, seconds)), 0), nil
}

// maxTerm is the last second of the year 9999.
const maxTerm = 253402300799

// slidingSession returns the live session of a sliding token and its active owner,
// who is read first: see issue.
func (s *Service) slidingSession(ctx context.Context, c *verify.Claims, revoked bool) (session.Session, *snapshot.Snapshot, error) {
	over := token.ErrSessionEnded.Because(verify.ErrRevoked)
	first, err := s.Store.Session(ctx, ident.SessionID(c.SessionID))
	if errors.Is(err, session.ErrNotFound) {
		return first, nil, over
	}
	if err != nil {
		return first, nil, fmt.Errorf("extend a sliding token: %w", err)
	}
	snap, err := s.subject(ctx, first.UserID)
	if err != nil {
		return first, nil, err
	}
	held, err := s.Store.Session(ctx, first.ID)
	if err != nil && !errors.Is(err, session.ErrNotFound) {
		return held, nil, fmt.Errorf("extend a sliding token: %w", err)
	}
	if err != nil || revoked || !held.Live(s.Now()) {
		return held, nil, over
	}
	return held, snap, nil
}
