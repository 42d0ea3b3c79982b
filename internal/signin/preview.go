package signin

import (
	"context"
	"fmt"

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
