package keyring

import (
	"crypto"
	"errors"
	"fmt"

	"github.com/countersign/countersign/verify"
)

// emptySet is the JWKS of keys that are not published.
const emptySet = `{"keys":[]}`

// given reports whether the configuration gives the keys. Then none are made, kept
// or rotated.
func (k *Keyring) given() bool {
	return k.Remote != nil || k.Fixed != nil || k.Algorithm.Family() == verify.HMAC
}

// OneKey reports whether all tokens are signed with one key for ever, so that no
// header has to name it. Keys that are rotated, and those of another issuer, are
// told apart by their name alone.
func (k *Keyring) OneKey() bool { return k.given() && k.Remote == nil }

// loadGiven makes the one view of the keys that the configuration gives.
func (k *Keyring) loadGiven() error {
	v := &view{jwks: []byte(emptySet)}
	switch {
	case k.Remote != nil:
	case k.Algorithm.Family() == verify.HMAC:
		signer, key := sharedKey(k.Algorithm, k.Shared)
		set, err := verify.NewKeySet(key)
		if err != nil {
			return fmt.Errorf("the shared secret: %w", err)
		}
		v.signer, v.set = signer, set
		v.keys = []Key{{ID: key.ID, Algorithm: k.Algorithm, State: Active}}
	default:
		set, err := k.Fixed.keySet(k.Algorithm)
		if err == nil && k.Foreign != nil {
			set, err = verify.NewKeySet(append(set.Keys(), *k.Foreign)...)
		}
		if err != nil {
			return fmt.Errorf("the configured key: %w", err)
		}
		v.set, v.keys = set, []Key{{Algorithm: k.Algorithm, State: Active}}
		if k.Fixed.Private == nil {
			break
		}
		if v.signer, err = newSigner("", k.Algorithm, k.Fixed.Private); err != nil {
			return fmt.Errorf("the configured key: %w", err)
		}
	}
	k.view.Store(v)
	return nil
}

// keySet returns the set with the key alone, which NewKeySet finds strong enough
// and fit for the algorithm. The errors contain nothing of the key.
func (f *FixedKey) keySet(alg verify.Algorithm) (*verify.KeySet, error) {
	set, err := verify.NewKeySet(verify.Key{Algorithm: alg, Public: f.Public})
	if err != nil {
		return nil, err
	}
	if f.Private == nil {
		return set, nil
	}
	public, ok := f.Public.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(f.Private.Public()) {
		return nil, errors.New("the verifying key does not belong to the signing key")
	}
	return set, nil
}
