package password

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/secret"
)

// vector is a password and what Django stored for it.
type vector struct {
	Password *string // nil: unusable
	Encoded  string
	Note     string
}

// vectors reads what Django's own hashers made (testdata/hasher-vectors.json), by
// list.
func vectors(t testing.TB) map[string][]vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/hasher-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "what")
	lists := map[string][]vector{}
	for name, field := range fields {
		var list []vector
		if err := json.Unmarshal(field, &list); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		lists[name] = list
	}
	return lists
}

// weakSchemes are those that an import takes only when it is told to.
var weakSchemes = map[string]bool{"bcrypt": true, "md5": true, "sha1": true}

func TestDjangosVectors(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Parameters: tiny, Queue: 1000, MaxWait: 10 * time.Minute, Nice: -1})
	seen := map[string]bool{}
	for name, list := range vectors(t) {
		for _, v := range list {
			if seen[v.Encoded] {
				continue
			}
			seen[v.Encoded] = true
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if strings.HasPrefix(name, "must_") || v.Password == nil || strings.HasPrefix(v.Encoded, "crypt$") {
					refusesVector(t, h, v)
					return
				}
				matchesVector(t, h, v)
			})
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d vectors", len(seen))
	}
}

func matchesVector(t *testing.T, h *Hasher, v vector) {
	match, rehash, err := h.Check(t.Context(), v.Encoded, secret.New(*v.Password))
	if !match || !rehash || err != nil {
		t.Errorf("Check(%q) = %v, %v, %v, want a match to rehash", v.Encoded, match, rehash, err)
	}
	cut := strings.Contains(v.Note, "only the first 72 bytes count")
	match, rehash, err = h.Check(t.Context(), v.Encoded, secret.New(*v.Password+"x"))
	if match != cut || rehash != cut || err != nil {
		t.Errorf("Check(%q) of one letter more = %v, %v, %v", v.Encoded, match, rehash, err)
	}
	got, err := Inspect(v.Encoded)
	scheme, _, _ := strings.Cut(v.Encoded, "$")
	if scheme == v.Encoded {
		scheme = "md5"
	}
	if want := (Inspection{Scheme: scheme, Weak: weakSchemes[scheme], Usable: true}); got != want || err != nil {
		t.Errorf("Inspect(%q) = %+v, %v, want %+v", v.Encoded, got, err, want)
	}
}

func refusesVector(t *testing.T, h *Hasher, v vector) {
	for _, plain := range []string{"", "x", "!", "password", "lètmein", v.Encoded} {
		if match, rehash, err := h.Check(t.Context(), v.Encoded, secret.New(plain)); match || rehash || err != nil {
			t.Errorf("Check(%q, %q) = %v, %v, %v, want no match", v.Encoded, plain, match, rehash, err)
		}
	}
	got, err := Inspect(v.Encoded)
	if got.Usable || (err == nil) != !Usable(v.Encoded) {
		t.Errorf("Inspect(%q) = %+v, %v", v.Encoded, got, err)
	}
}

// What Django's vectors lack: more than one pass of the old version, whose second
// pass differs, and segments of more than one block of addresses. Made with the
// reference implementation's command line (argon2 -v 10|13 -d|-i|-id -e).
func TestArgon2OfEveryVariant(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Parameters: tiny, MaxWait: time.Minute, Nice: -1})
	for _, encoded := range []string{
		"$argon2d$v=16$m=131,t=3,p=2$c2Vhc2FsdHNlYXNhbHQw$DTCtswVn6jgleEH/kg5/IdoP2ORIRPGTTDsHO8YMq7c",
		"$argon2d$v=16$m=4300,t=2,p=4$c2Vhc2FsdHNlYXNhbHQw$Zc/0nneSSkttj3adg6oAJg",
		"$argon2i$v=16$m=131,t=3,p=2$c2Vhc2FsdHNlYXNhbHQw$mQ5Y7erJl2wppYBaDdOKkqUteqX8mBDfpAouIxTmsQ0",
		"$argon2i$v=16$m=4300,t=2,p=4$c2Vhc2FsdHNlYXNhbHQw$tY1lU6HyEdqglJgIhwgBhQ",
		"$argon2i$m=4300,t=2,p=4$c2Vhc2FsdHNlYXNhbHQw$tY1lU6HyEdqglJgIhwgBhQ",
		"argon2$argon2i$m=131,t=3,p=2$c2Vhc2FsdHNlYXNhbHQw$mQ5Y7erJl2wppYBaDdOKkqUteqX8mBDfpAouIxTmsQ0",
		"$argon2id$v=16$m=131,t=3,p=2$c2Vhc2FsdHNlYXNhbHQw$5bhQrLvAjBK6bShuKsNXuC/9QeE/bosZ/HEGdeipm/M",
		"$argon2id$v=16$m=4300,t=2,p=4$c2Vhc2FsdHNlYXNhbHQw$g7rCN9IzMKYMzRdbkMV0YQ",
		"$argon2d$v=19$m=131,t=3,p=2$c2Vhc2FsdHNlYXNhbHQw$kbIHtY40C+OG9yxmkQdYFbG1c0ozPc7UGmGskC2aWQs",
		"$argon2d$v=19$m=4300,t=2,p=4$c2Vhc2FsdHNlYXNhbHQw$2DMwTRngKtK7uDu+q+iu+g",
		"$argon2i$v=19$m=131,t=3,p=2$c2Vhc2FsdHNlYXNhbHQw$rYKqsc/uE8Ik70SCwfL4fhYUnbB7YwEcP6KPXmutIIU",
		"$argon2i$v=19$m=4300,t=2,p=4$c2Vhc2FsdHNlYXNhbHQw$Od7TS4mA40ptCnsiSAjc9g",
		"$argon2id$v=19$m=131,t=3,p=2$c2Vhc2FsdHNlYXNhbHQw$k8RLpXzJ6/iW3bfShb8OGnPhE0vGEn8AQnNYYOUUPIU",
		"$argon2id$v=19$m=4300,t=2,p=4$c2Vhc2FsdHNlYXNhbHQw$LfuCWNUbW8XL+8y8gPJxvQ",
	} {
		if match, rehash, err := h.Check(t.Context(), encoded, secret.New("lètmein")); !match || !rehash || err != nil {
			t.Errorf("Check(%q) = %v, %v, %v, want a match to rehash", encoded, match, rehash, err)
		}
		if match, _, _ := h.Check(t.Context(), encoded, secret.New("lètmeinx")); match {
			t.Errorf("Check(%q) matches another password", encoded)
		}
	}
}
