package keyring

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/verify"
)

// Signer returns the active key, nil in a process that only verifies. Its ID is
// empty with a Fixed key.
func (k *Keyring) Signer() *Signer { return k.current().signer }

// KeySet returns the keys that tokens are verified with: pending, active and
// retiring ones, or those that the configuration gives. It is a verify.Config.Keys;
// with a Fixed key, that needs IgnoreKeyID.
func (k *Keyring) KeySet() *verify.KeySet {
	if k.Remote != nil {
		return k.Remote()
	}
	return k.current().set
}

// JWKS returns the public key set (RFC 7517, section 5) as JSON: `{"keys":[]}`
// when the configuration gives the keys. The caller does not change the bytes.
func (k *Keyring) JWKS() []byte { return k.current().jwks }

// List returns the keys in the order of activation: one without times when the
// configuration gives it, without an ID when it is a Fixed key, and none of
// another issuer. It needs access.ViewKey.
func (k *Keyring) List(_ context.Context, who access.Caller) ([]Key, error) {
	if err := who.Require(access.ViewKey); err != nil {
		return nil, err
	}
	return k.current().keys, nil
}

// Rotates returns nil where keys are made and rotated here, else why not:
// ErrSharedSecret with a shared secret, ErrFixedKey with other keys of the
// configuration.
func (k *Keyring) Rotates() error {
	switch {
	case k.Remote != nil || k.Fixed != nil:
		return ErrFixedKey
	case k.given():
		return ErrSharedSecret
	}
	return nil
}

// Rotate makes a new key and publishes it; it begins to sign after twice the JWKS
// max-age. It needs access.RotateKey. Keys that are retired by now are forgotten.
// ErrRotationPending while the last one has not begun yet, what Rotates returns where
// the configuration gives the keys, ErrBusy when another process changes the keys at
// the same moment.
func (k *Keyring) Rotate(ctx context.Context, who access.Caller) (Key, error) {
	if err := who.Require(access.RotateKey); err != nil {
		return Key{}, err
	}
	if err := k.Rotates(); err != nil {
		return Key{}, err
	}
	// The version is read before the keys: whoever changes them in between makes
	// the claim fail.
	version, err := k.Store.KeyringVersion(ctx)
	if err != nil {
		return Key{}, fmt.Errorf("read the keyring's version: %w", err)
	}
	if err := k.Load(ctx); err != nil { // another process may have rotated
		return Key{}, err
	}
	e := edit{version: version}
	for _, key := range k.current().keys {
		switch key.State {
		case Pending:
			return Key{}, ErrRotationPending
		case Retired:
			e.drop = append(e.drop, key.ID)
		}
	}
	r, err := k.newKey(k.Now().Add(2 * k.MaxAge))
	if err != nil {
		return Key{}, err
	}
	e.add = r
	won, err := k.write(ctx, who, e)
	if err != nil {
		return Key{}, err
	}
	if !won {
		return Key{}, ErrBusy
	}
	if err := k.Load(ctx); err != nil {
		return Key{}, err
	}
	return Key{
		ID: r.ID, Algorithm: k.Algorithm, State: Pending,
		CreatedAt: r.CreatedAt, ActivatesAt: r.ActivatesAt,
	}, nil
}

// SecretCheck returns what Store.SetSecretCheck is given, so that a process with
// another instance secret notices it.
func (k *Keyring) SecretCheck() []byte {
	return k.Root.Box(secret.LabelCheck).Seal([]byte(checkText), checkText)
}
