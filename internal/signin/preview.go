package signin

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/token"
)

// Preview returns the access token that an account would be issued now, decoded and
// without a signature. It shows what the account holds and may not be used to sign
// in: it needs access.ViewUser. An account that may not sign in is shown all the
// same. user.ErrNotFound, keyring.ErrVerifyOnly.
func (s *Service) Preview(ctx context.Context, who access.Caller, of ident.UserID) (token.Preview, error) {
	if err := who.Require(access.ViewUser); err != nil {
		return token.Preview{}, err
	}
	if !s.Issuer.Issues() {
		return token.Preview{}, keyring.ErrVerifyOnly
	}
	if s.Fresh() != nil {
		s.Snapshots.Drop(of) // as subject does
	}
	snap, err := s.Snapshots.Get(ctx, of)
	if err != nil {
		return token.Preview{}, err
	}
	return s.preview(snap)
}

func (s *Service) preview(snap *snapshot.Snapshot) (token.Preview, error) {
	p, err := s.Issuer.Preview(s.subjectOf(snap), s.Lifetime)
	if err != nil {
		return token.Preview{}, fmt.Errorf("preview the token of user %s: %w", snap.User.ID, err)
	}
	return p, nil
}

// NextSize returns how large the next access token of an account is, for who gave it
// something just now: by the same way as Preview, so that what this process changed
// is in it. nil where there is nothing to say: the caller may not see accounts, the
// service issues no tokens, or its tokens carry no rights (the preset).
func (s *Service) NextSize(ctx context.Context, who access.Caller, of ident.UserID) (*token.Size, error) {
	if who.Require(access.ViewUser) != nil || !s.Issuer.Issues() || s.Issuer.Original != nil {
		return nil, nil
	}
	p, err := s.Preview(ctx, who, of)
	if err != nil {
		return nil, err
	}
	return &p.Size, nil
}

// AfterLoss says in a sentence what somebody's loss of a right means for tokens that
// were issued before: nothing here goes by what they say.
func (s *Service) AfterLoss() string {
	if s.Issuer.Original != nil {
		return "It is so from the next request on: no token says what somebody may do."
	}
	return fmt.Sprintf("Here it is so from the next request on. Tokens that were issued before say otherwise until they expire, for %s at most: "+
		"services that verify by themselves believe them that long.", spelled(s.Issuer.Lifetime))
}

// spelled writes a duration in words, rounded up to whole seconds.
func spelled(d time.Duration) string {
	n, unit := int64((d+time.Second-1)/time.Second), "second"
	if n%60 == 0 {
		n, unit = n/60, "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
