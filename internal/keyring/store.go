package keyring

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/event"
)

// Record is a signing key as it is kept.
type Record struct {
	ID        string // RFC 7638 thumbprint, SHA-256, base64url: 43 characters
	Algorithm string // "ES256"
	Sealed    []byte // PKCS #8, sealed under the instance secret with the id as associated data
	Public    string // the public JWK (RFC 7517), JSON

	CreatedAt time.Time

	// ActivatesAt is when the key begins to sign. Until then it is published, so
	// that verifiers know it in time.
	ActivatesAt time.Time
}

// Store is what this package needs kept.
type Store interface {
	event.Appender

	// SigningKeys returns every key, oldest first.
	SigningKeys(ctx context.Context) ([]Record, error)

	// KeyringVersion returns a number that every change of the keys raises.
	KeyringVersion(ctx context.Context) (int64, error)

	// ClaimKeyring raises the version from the given one and reports whether this
	// call did it: of any number of processes, one changes the keys.
	ClaimKeyring(ctx context.Context, from int64) (bool, error)

	// InsertSigningKey keeps a key.
	InsertSigningKey(ctx context.Context, r Record) error

	// DeleteSigningKey forgets a key. A missing one is no error.
	DeleteSigningKey(ctx context.Context, id string) error

	// SecretCheck returns what SetSecretCheck was given last, nil at the start:
	// a sealed constant that tells whether the instance secret is the right one.
	SecretCheck(ctx context.Context) ([]byte, error)
	SetSecretCheck(ctx context.Context, sealed []byte) error
}
