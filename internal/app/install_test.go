package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/countersign/countersign/internal/store/storetest"
)

// Case H02: two installations have nothing in common: not the secret, not a key, not
// the link to the first administrator.
func TestOpen_makes_secrets_of_its_own(t *testing.T) {
	t.Parallel()
	const installs = 3
	seen := map[string]string{}
	for range installs {
		dir := t.TempDir()
		a, err := opened(t, storetest.URL(t, "sqlite"), dir)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "instance.secret")
		secret, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the instance secret has the mode %v, %v", info.Mode(), err)
		}
		if err := a.Keys.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		link, err := a.SetupURL(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for what, value := range map[string]string{
			"secret": string(secret), "key": a.Keys.Signer().ID, "key set": string(a.Keys.JWKS()), "setup link": link.Reveal(),
		} {
			if len(value) < 32 || seen[value] != "" {
				t.Errorf("the %s is not of this installation alone", what)
			}
			seen[value] = what
		}
	}
}
