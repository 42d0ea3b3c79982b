package password

import (
	"encoding/base64"
	"strings"
	"testing"
)

// Made by Django's Argon2PasswordHasher, which puts "argon2" in front.
const (
	djangoPlain = "correct horse 42 ü"
	djangoPHC   = "$argon2id$v=19$m=102400,t=2,p=8$OGc5MExLUjlYbldGaGh2WVIzdjhuZA$zgNEL6tT0Hb8w6rok2HjVg"
	djangoPHC32 = "$argon2id$v=19$m=102400,t=2,p=8$c2Vhc2FsdHNlYXNhbHRzZWFzYWx0MA$Wu5sOXfAYhxxGsExau89BhP+ZuLJj//gkWRq84gwwi8"
)

const salt16, tag32 = "MDEyMzQ1Njc4OWFiY2RlZg", "Wu5sOXfAYhxxGsExau89BhP+ZuLJj//gkWRq84gwwi8"

func phc(costs string) string { return "$argon2id$v=19$" + costs + "$" + salt16 + "$" + tag32 }

func TestParseArgon2id(t *testing.T) {
	t.Parallel()
	good := phc("m=19456,t=2,p=1")
	for encoded, want := range map[string]string{
		djangoPHC:          djangoPHC,
		djangoPHC32:        djangoPHC32,
		good:               good,
		phc("m=8,t=1,p=1"): phc("m=8,t=1,p=1"),
		"argon2" + good:    good,
		strings.Replace(good, "argon2id", "argon2i", 1): strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=16", 1):        strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "v=19$", "", 1):           strings.Replace(good, "v=19", "v=16", 1),
	} {
		known, err := parse(encoded)
		if err != nil {
			t.Errorf("parse(%q): %v", encoded, err)
		} else if got := known.(argon2Hash).String(); got != want {
			t.Errorf("parse(%q) is %q, want %q", encoded, got, want)
		}
	}
}

// Case K29: absurd parameters are refused before any memory is taken.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	good := phc("m=19456,t=2,p=1")
	for name, encoded := range map[string]string{
		"empty":              "",
		"unusable":           "!nTabMQ6IvweMsszJKfKWZa2FGFoyhCKxHghfz9xk",
		"unusable before":    "!" + good,
		"plain text":         "password",
		"unknown scheme":     "crypt$$abprj99vCww4M",
		"argon2ix":           strings.Replace(good, "argon2id", "argon2ix", 1),
		"version 17":         strings.Replace(good, "v=19", "v=17", 1),
		"4 GiB":              phc("m=4194304,t=1,p=1"),
		"a million passes":   phc("m=8,t=1000000,p=1"),
		"too much work":      phc("m=262144,t=5,p=1"),
		"too many lanes":     phc("m=19456,t=2,p=17"),
		"256 lanes":          phc("m=19456,t=2,p=256"),
		"257 lanes":          phc("m=19456,t=2,p=257"),
		"no lanes":           phc("m=19456,t=2,p=0"),
		"no passes":          phc("m=19456,t=0,p=1"),
		"less than 8 blocks": phc("m=15,t=1,p=2"),
		"overflow":           phc("m=4294967304,t=1,p=1"),
		"negative":           phc("m=-8,t=1,p=1"),
		"leading zero":       phc("m=019456,t=2,p=1"),
		"plus":               phc("m=+19456,t=2,p=1"),
		"other order":        phc("t=2,m=19456,p=1"),
		"more costs":         phc("m=19456,t=2,p=1,keyid=a"),
		"fewer costs":        phc("m=19456,t=2"),
		"padding":            good + "=",
		"line break":         good + "\n",
		"break in the tag":   good[:len(good)-4] + "\n" + good[len(good)-4:],
		"loose bits":         good[:len(good)-1] + "9",
		"no tag":             "$argon2id$v=19$m=19456,t=2,p=1$" + salt16 + "$",
		"short tag":          "$argon2id$v=19$m=19456,t=2,p=1$" + salt16 + "$AAAA",
		"short salt":         "$argon2id$v=19$m=19456,t=2,p=1$AAAA$" + tag32,
		"one part more":      good + "$AAAA",
		"too long":           good + strings.Repeat("A", 512),
		"prefix alone":       "$argon2id$",
		"Django's alone":     "argon2$",
		"Django's twice":     "argon2$argon2" + good,
		"two dollars":        "argon2$" + good,
	} {
		if known, err := parse(encoded); err == nil {
			t.Errorf("%s: parse(%q) = %v, want an error", name, encoded, known)
		}
	}
}

func TestNeedsRehash(t *testing.T) {
	t.Parallel()
	now := DefaultParameters()
	for _, tt := range []struct {
		name, encoded string
		want          bool
	}{
		{"current", phc("m=19456,t=2,p=1"), false},
		{"less memory", phc("m=9728,t=2,p=1"), true},
		{"more memory", phc("m=47104,t=2,p=1"), true},
		{"more passes", phc("m=19456,t=3,p=1"), true},
		{"short tag", "$argon2id$v=19$m=19456,t=2,p=1$" + salt16 + "$zgNEL6tT0Hb8w6rok2HjVg", true},
		{"short salt", "$argon2id$v=19$m=19456,t=2,p=1$" + base64.RawStdEncoding.EncodeToString([]byte("8 bytes.")) + "$" + tag32, true},
		{"another scheme", "md5$seasalt$430e1b2e10d2cea420ca423526cccad0", true},
		{"Django's word before it", "argon2" + phc("m=19456,t=2,p=1"), true},
		{"another type", strings.Replace(phc("m=19456,t=2,p=1"), "argon2id", "argon2i", 1), true},
		{"an older version", strings.Replace(phc("m=19456,t=2,p=1"), "v=19", "v=16", 1), true},
		{"unknown", "crypt$$abprj99vCww4M", true},
		{"unusable", Unusable(), false},
		{"nothing", "", false},
	} {
		if got := now.NeedsRehash(tt.encoded); got != tt.want {
			t.Errorf("%s: NeedsRehash = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestUnusable(t *testing.T) {
	t.Parallel()
	a, b := Unusable(), Unusable()
	if a == b || Usable(a) || !strings.HasPrefix(a, "!") || len(a) < 20 {
		t.Errorf("Unusable = %q, %q", a, b)
	}
	if Usable("") || !Usable(djangoPHC) {
		t.Error("Usable is wrong")
	}
}
