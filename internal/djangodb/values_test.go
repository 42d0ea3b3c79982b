package djangodb

import (
	"encoding/base64"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"2026-11-23 01:23:46.860165": 1795397026860165, "2026-11-23 01:23:46": 1795397026000000, "2026-11-23T01:23:46Z": 1795397026000000,
		"2026-11-23 01:23:46.860165+00": 1795397026860165, "2026-11-23 01:23:46+05:30": 1795377226000000,
		"1969-12-31 23:59:59": -1000000,
	} {
		if got, err := parseTime(text); err != nil || got.UnixMicro() != want || got.Location() != time.UTC {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "yesterday", "infinity", "0000-00-00 00:00:00.000000", "2026-02-30 00:00:00", "2026-11-23", "1795397026", "2026-11-23 25:00:00", "0044-03-15 00:00:00 BC"} {
		if got, err := parseTime(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]idType{
		"INTEGER": idNumber, "INT4": idNumber, "BIGINT": idNumber, "UNSIGNED INT": idNumber, "CHAR(32)": idHex, "CHAR": idHex,
		"VARCHAR(32)": idText, "VARCHAR": idText, "UUID": idText, "TEXT": idText,
	} {
		if got := idTypeOf(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	const raw, uuid = "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"
	if got := idHex.id(raw); got != uuid {
		t.Errorf("id %q", got)
	}
	if key, possible := idHex.key(uuid); key != raw || !possible {
		t.Errorf("key %v", key)
	}
	if _, possible := idNumber.key("x"); possible {
		t.Error("a number that is none has a key")
	}
}

func FuzzParseTime(f *testing.F) {
	f.Add("2026-11-23 01:23:46.860165+00")
	f.Add("9999-12-31 23:59:59-14:00")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parseTime(text)
		if err == nil && (at.Year() < 1 || at.Year() > 9999) {
			t.Errorf("%q is %v", text, at)
		}
	})
}

// FuzzExpiry: whatever stands in the table of tokens, a time is one that can be kept.
func FuzzExpiry(f *testing.F) {
	for _, payload := range []string{`{"exp":2426117028}`, `{"exp":1e300}`, `{"exp":-1}`, `{"exp":"x"}`, `[]`, `{"exp":1.5,"exp":2}`} {
		f.Add("e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln")
	}
	f.Add("no token")
	f.Fuzz(func(t *testing.T, token string) {
		if at := expiry(token); !at.IsZero() && (at.Unix() < 0 || at.Year() > 9999) {
			t.Errorf("%q expires at %v", token, at)
		}
	})
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	if at := expiry("e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"exp":2426117028}`)) + ".x"); at.Unix() != 2426117028 {
		t.Errorf("expires at %v", at)
	}
}
