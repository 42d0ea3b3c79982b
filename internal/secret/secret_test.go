package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/secret"
)

const canary = "hunter2-canary-7f3a"

// Case M06: a secret reaches no sink.
func TestTextPrintsNowhere(t *testing.T) {
	holder := struct {
		Password secret.Text
		Pointer  *secret.Text
	}{Password: secret.New(canary), Pointer: new(secret.New(canary))}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb, holder)
		fmt.Fprintf(&out, verb, holder.Password)
		fmt.Fprintf(&out, verb, holder.Pointer)
	}
	if err := json.NewEncoder(&out).Encode(holder); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", holder.Password, "holder", holder)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", holder.Password, "holder", holder)

	hexed := fmt.Sprintf("%x", canary)
	if s := out.String(); strings.Contains(s, canary) || strings.Contains(s, hexed) {
		t.Errorf("the secret was printed:\n%s", s)
	}
	if holder.Password.Reveal() != canary {
		t.Error("Reveal does not return the plain text")
	}
}

func TestRootPrintsNowhere(t *testing.T) {
	root, err := secret.NewRoot([]byte(strings.Repeat(canary, 2)))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if s := fmt.Sprintf(verb, root); strings.Contains(s, canary) || strings.Contains(s, fmt.Sprintf("%x", canary)) {
			t.Errorf("%s printed the root: %s", verb, s)
		}
	}
}

func TestEqual(t *testing.T) {
	a := secret.New("one")
	if !a.Equal(secret.New("one")) || a.Equal(secret.New("two")) || a.Equal(secret.New("one ")) {
		t.Error("Equal is wrong")
	}
}

func newRoot(t *testing.T, fill byte) secret.Root {
	t.Helper()
	root, err := secret.NewRoot(bytes.Repeat([]byte{fill}, secret.MinRootBytes))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestRootRefusesFewerThan32Bytes(t *testing.T) {
	if _, err := secret.NewRoot(make([]byte, 31)); !errors.Is(err, secret.ErrShortRoot) {
		t.Errorf("31 bytes: %v, want ErrShortRoot", err)
	}
}

func TestDeriveSeparatesUses(t *testing.T) {
	root := newRoot(t, 1)
	base := root.Derive(secret.LabelRefresh, []byte("a"))
	for name, other := range map[string][]byte{
		"label": root.Derive(secret.LabelCursor, []byte("a")),
		"salt":  root.Derive(secret.LabelRefresh, []byte("b")),
		"root":  newRoot(t, 2).Derive(secret.LabelRefresh, []byte("a")),
	} {
		if bytes.Equal(base, other) {
			t.Errorf("another %s gave the same key", name)
		}
	}
	if !bytes.Equal(base, root.Derive(secret.LabelRefresh, []byte("a"))) {
		t.Error("the same use gave another key")
	}
}

// Case M02: a sealed value opens only where it belongs.
func TestBox(t *testing.T) {
	root := newRoot(t, 1)
	box := root.Box(secret.LabelSigningKeys)
	sealed := box.Seal([]byte(canary), "kid-1")
	if bytes.Contains(sealed, []byte(canary)) {
		t.Error("the sealed value shows the plain one")
	}
	if got, err := box.Open(sealed, "kid-1"); err != nil || string(got) != canary {
		t.Errorf("Open = %q, %v", got, err)
	}
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"associated data": func() ([]byte, error) { return box.Open(sealed, "kid-2") },
		"label":           func() ([]byte, error) { return root.Box(secret.LabelCursor).Open(sealed, "kid-1") },
		"root":            func() ([]byte, error) { return newRoot(t, 2).Box(secret.LabelSigningKeys).Open(sealed, "kid-1") },
		"bytes":           func() ([]byte, error) { return box.Open(flipped, "kid-1") },
		"nothing":         func() ([]byte, error) { return box.Open(nil, "kid-1") },
	} {
		if _, err := open(); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("other %s: %v, want ErrSealed", name, err)
		}
	}
}
