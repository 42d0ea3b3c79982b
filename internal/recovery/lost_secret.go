package recovery

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/verify"
)

// Store is what this package needs kept.
type Store interface {
	keyring.Store

	// EndAllSessions: see session.Store.
	EndAllSessions(ctx context.Context, at time.Time, why session.Reason) (int64, error)
}

// Service starts over with a new instance secret.
type Service struct {
	InTx func(context.Context, func(Store) error) error
	Keys *keyring.Keyring // over the new secret, not loaded yet
	Now  func() time.Time
}

// Result is what was given up.
type Result struct {
	Keys     int   // signing keys that were forgotten
	Sessions int64 // sessions that were ended
}

// LostSecret forgets everything that was made under the lost secret and makes a
// new signing key. Only an operator may.
func (s *Service) LostSecret(ctx context.Context, who access.Caller) (Result, error) {
	if who.Kind != access.Operator {
		return Result{}, access.ErrForbidden
	}
	now := s.Now()
	var result Result
	err := s.InTx(ctx, func(tx Store) error {
		result = Result{}
		version, err := tx.KeyringVersion(ctx)
		if err != nil {
			return err
		}
		claimed, err := tx.ClaimKeyring(ctx, version)
		if err != nil {
			return err
		}
		if !claimed {
			return keyring.ErrBusy
		}
		if result.Sessions, err = tx.EndAllSessions(ctx, now, session.SecretLost); err != nil {
			return err
		}
		// From this commit on a process that still has the lost secret loads no
		// keys and makes none.
		if err := tx.SetSecretCheck(ctx, s.Keys.SecretCheck()); err != nil {
			return err
		}
		result.Keys, err = s.forget(ctx, tx, who, now)
		return err
	})
	if err != nil {
		return Result{}, fmt.Errorf("give up what the lost secret made: %w", err)
	}
	return result, s.Keys.Load(ctx)
}

// forget removes every signing key, each with the event that cuts it off, and
// returns how many there were. The cut-offs are for ever: a process that still has
// the lost secret in memory, or whoever found it, goes on signing with these keys.
func (s *Service) forget(ctx context.Context, tx Store, who access.Caller, now time.Time) (int, error) {
	records, err := tx.SigningKeys(ctx)
	if err != nil {
		return 0, err
	}
	for _, r := range records {
		if err := tx.DeleteSigningKey(ctx, r.ID); err != nil {
			return 0, err
		}
		e := event.New(who, now, event.KeysReset, event.Key(r.ID)).Revoking(verify.Cutoff{
			Kind: verify.CutoffSigningKey, ID: r.ID, Reason: string(session.SecretLost),
		})
		if err := tx.AppendEvent(ctx, e); err != nil {
			return 0, err
		}
	}
	if len(records) > 0 {
		return len(records), nil
	}
	return 0, tx.AppendEvent(ctx, event.New(who, now, event.KeysReset, event.Subject{Kind: "key"}))
}
