package secret

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Text is a string that does not print itself. The zero value is empty.
type Text struct{ plain string }

// New makes a secret of a plain string.
func New(plain string) Text { return Text{plain: plain} }

// Reveal returns the plain string. Call it where the value is used, never where
// it is passed on.
func (t Text) Reveal() string { return t.plain }

// IsZero reports whether the text is empty.
func (t Text) IsZero() bool { return t.plain == "" }

// Len returns the length in bytes.
func (t Text) Len() int { return len(t.plain) }

// Equal compares in time that depends on the lengths alone.
func (t Text) Equal(other Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.plain), []byte(other.plain)) == 1
}

// String implements fmt.Stringer with a placeholder.
func (t Text) String() string { return redacted }

// GoString implements fmt.GoStringer with a placeholder.
func (t Text) GoString() string { return redacted }

// Format implements fmt.Formatter, so that no verb reaches the plain string.
func (t Text) Format(s fmt.State, _ rune) { fmt.Fprint(s, redacted) }

// MarshalText implements encoding.TextMarshaler with a placeholder.
func (t Text) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON implements json.Marshaler with a placeholder.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// LogValue implements slog.LogValuer with a placeholder.
func (t Text) LogValue() slog.Value { return slog.StringValue(redacted) }
