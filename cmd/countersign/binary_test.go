package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// keyForm is how a private key looks that somebody left in a program: what it begins
// with, and what goes on as no program does that only reads such keys.
type keyForm struct {
	begins string
	goesOn *regexp.Regexp
}

func keyForms() []keyForm {
	form := func(begins, rest string) keyForm { return keyForm{begins, regexp.MustCompile("^" + rest)} }
	return []keyForm{
		form("-----BEGIN ", `[A-Z0-9 ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{16}`),
		form(`"d"`, `\s*:\s*"[A-Za-z0-9_-]{32}`), // of a JSON Web Key
		// PKCS #8 (RFC 5208) of P-256, Ed25519 and RSA keys, by how it begins.
		form("\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x04", ""),
		form("\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", ""),
		form("\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x04\x82", ""),
	}
}

// findKey returns the beginning of a private key that is in a text.
func findKey(text []byte) []byte {
	for _, form := range keyForms() {
		for at, from := bytes.Index(text, []byte(form.begins)), 0; at >= 0; at = bytes.Index(text[from:], []byte(form.begins)) {
			start := from + at
			from = start + len(form.begins)
			if key := form.goesOn.Find(text[from:min(len(text), from+200)]); key != nil {
				return text[start : from+len(key)]
			}
		}
	}
	return nil
}

// Case H04: there is no private key in the program. (There is no image.)
func TestTheProgramHasNoPrivateKey(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "countersign")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if key := findKey(text); key != nil {
		t.Errorf("the program has a private key: %q", key)
	}
}

// What is looked for is found in what has it.
func TestPrivateKeysAreFound(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"x\n-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG", "-----BEGIN -----BEGIN RSA PRIVATE KEY-----\r\nMIIEowIBAAKCAQEA",
		`{"kty":"EC","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}`, "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20",
	} {
		if findKey([]byte(key)) == nil {
			t.Errorf("%q is not found", key)
		}
	}
	for _, other := range []string{"-----BEGIN PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYI", `{"d":"short"}`, ""} {
		if key := findKey([]byte(other)); key != nil {
			t.Errorf("%q is taken for a private key", key)
		}
	}
}
