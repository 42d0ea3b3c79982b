package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
)

// ErrNotStaff is returned to somebody who proved their password and may not use
// the admin site.
var ErrNotStaff = fault.New(fault.Forbidden, "not_staff", "This account may not use the admin site.")

// BrowserSignIn is a sign-in by a form.
type BrowserSignIn struct {
	Login    string
	Password secret.Text

	// Staff lets only people with the flag is_staff in.
	Staff bool

	Idle     time.Duration // how long the session lives without a request
	Lifetime time.Duration // how long it lives at all
}

// SignInBrowser checks a password and starts a session that no token belongs to:
// a browser holds it by a cookie (package browser). It has the cost and the
// refusals of SignIn; ErrNotStaff is said to who proved the password alone.
func (s *Service) SignInBrowser(ctx context.Context, from access.Origin, in BrowserSignIn) (session.Session, error) {
	if !s.Issuer.Issues() {
		return session.Session{}, keyring.ErrVerifyOnly
	}
	u, err := s.Prove(ctx, from, in.Login, in.Password)
	if err != nil {
		return session.Session{}, err
	}
	if u.PasswordMustChange {
		return session.Session{}, ErrPasswordMustChange
	}
	snap, err := s.latest(ctx, u)
	if err == nil && in.Staff && !snap.Rights.Staff {
		return session.Session{}, ErrNotStaff
	}
	var started session.Session
	if err == nil {
		started, err = s.start(ctx, from, u, span{in.Idle, in.Lifetime})
	}
	if errors.Is(err, ErrUserInactive) || errors.Is(err, errNotConfirmed) { // it changed meanwhile
		return session.Session{}, s.refuse(ctx, from, in.Login, u)
	}
	if err != nil {
		return session.Session{}, fmt.Errorf("sign in user %s with a browser: %w", u.ID, err)
	}
	return started, nil
}
