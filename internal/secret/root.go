package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
)

// MinRootBytes is the least length of an instance secret.
const MinRootBytes = 32

// Label names one use of the instance secret. Two uses never share a label.
type Label string

// The uses.
const (
	LabelSigningKeys Label = "countersign/v1/signing-keys"
	LabelRefresh     Label = "countersign/v1/refresh"
	LabelEventChain  Label = "countersign/v1/event-chain"
	LabelEventCut    Label = "countersign/v1/event-checkpoint"
	LabelCursor      Label = "countersign/v1/page-cursor"
	LabelCheck       Label = "countersign/v1/check"
	LabelBrowser     Label = "countersign/v1/browser-cookie"
	LabelFlash       Label = "countersign/v1/browser-flash"
)

// ErrShortRoot is returned for an instance secret of fewer than MinRootBytes.
var ErrShortRoot = errors.New("an instance secret has at least 32 random bytes")

// ErrSealed is returned when a sealed value does not open: another root, another
// label, other associated data, or changed bytes. Nothing tells which.
var ErrSealed = errors.New("the sealed value does not open with this instance secret")

// Root is the instance secret. It only derives keys.
type Root struct{ bytes []byte }

// NewRoot takes the secret's bytes. It returns ErrShortRoot when there are too
// few of them.
func NewRoot(raw []byte) (Root, error) {
	if len(raw) < MinRootBytes {
		return Root{}, ErrShortRoot
	}
	return Root{bytes: append([]byte(nil), raw...)}, nil
}

// Derive returns a 32-byte key for one use (HKDF-SHA256, RFC 5869). The salt may
// be nil; with a salt the key belongs to whatever the salt belongs to.
func (r Root) Derive(label Label, salt []byte) []byte {
	key, err := hkdf.Key(sha256.New, r.bytes, salt, string(label), 32)
	if err != nil {
		// The lengths are constants that HKDF allows: only a bug comes here.
		panic(fmt.Sprintf("derive %s: %v", label, err))
	}
	return key
}

// Box returns the seal for one use.
func (r Root) Box(label Label) *Box {
	block, err := aes.NewCipher(r.Derive(label, nil))
	if err != nil {
		panic(fmt.Sprintf("box %s: %v", label, err)) // 32 bytes are always a key
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(fmt.Sprintf("box %s: %v", label, err))
	}
	return &Box{aead: aead}
}

// String implements fmt.Stringer with a placeholder.
func (r Root) String() string { return redacted }

// GoString implements fmt.GoStringer with a placeholder.
func (r Root) GoString() string { return redacted }

// Format implements fmt.Formatter, so that no verb reaches the bytes.
func (r Root) Format(s fmt.State, _ rune) { fmt.Fprint(s, redacted) }

// LogValue implements slog.LogValuer with a placeholder.
func (r Root) LogValue() slog.Value { return slog.StringValue(redacted) }

// Box seals and opens small values with AES-256-GCM.
type Box struct{ aead cipher.AEAD }

// Seal returns plain encrypted and bound to the associated data. The random
// nonce is part of the result.
func (b *Box) Seal(plain []byte, associated string) []byte {
	return b.aead.Seal(nil, nil, plain, []byte(associated))
}

// Open returns what Seal was given. It returns ErrSealed for anything else.
func (b *Box) Open(sealed []byte, associated string) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, []byte(associated))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Bytes returns n bytes from the system's random source, which never fails
// (crypto/rand since Go 1.24).
func Bytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
