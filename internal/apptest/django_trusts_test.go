package apptest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
)

// A Django that trusts the published keys opens its views to our access tokens,
// and goes on doing so when another key signs.
func TestDjango_trusts_the_published_keys(t *testing.T) {
	t.Parallel()
	if !haveDjango(t) {
		return
	}
	for name, settings := range map[string]map[string]string{
		"default": fields("IDS", "integer"),
		"preset":  fields("PRESET", "simplejwt", "ALGORITHM", "ES256"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := Start(t, Options{Config: settings})
			ours := s.Someone(t)
			d := startDjango(t, map[string]any{
				"ALGORITHM": "ES256", "JWK_URL": s.URL + "/.well-known/jwks.json",
				"LEEWAY": 24 * 60 * 60, // it goes by the machine's clock, from which this test moves ours away
			})
			theirs, other := d.Register(t, Name(), Password), d.Register(t, Name(), Password)

			if id, name := d.opens(t, ours.Access); id != "1" || name != theirs.Username {
				t.Errorf("our token of user 1 opens Django's view to %q %q, want %q", id, name, theirs.Username)
			}
			if id, name := d.opens(t, promoted(t, ours.Access, "2")); id != "" {
				t.Errorf("a changed token opens Django's view to %s %s (%s)", id, name, other.Username)
			}
			if id, _ := d.opens(t, ours.Refresh); id != "" {
				t.Error("a refresh token opens Django's view")
			}

			first := Header(t, ours.Access)["kid"]
			if _, err := s.App.Keys.Rotate(t.Context(), access.Command("keys rotate")); err != nil {
				t.Fatal(err)
			}
			s.Advance(t, 2*s.Config.JWKSMaxAge+time.Second)
			later := s.SignIn(t, ours)
			if Header(t, later.Access)["kid"] == first {
				t.Fatal("the new key does not sign")
			}
			if _, name := d.opens(t, later.Access); name != theirs.Username {
				t.Errorf("a token of the new key opens Django's view to %q", name)
			}
		})
	}
}

// A Django that has the shared secret takes what we issue: this is the way back.
// It holds for every kind of key that the two can share.
func TestDjango_takes_what_the_preset_issues(t *testing.T) {
	t.Parallel()
	if !haveDjango(t) {
		return
	}
	for name, key := range sharedKeys(t) {
		for _, rotate := range []string{"false", "true"} {
			t.Run(name+"_rotate_"+rotate, func(t *testing.T) {
				t.Parallel()
				s := Start(t, Options{Config: key.ours("ROTATE_REFRESH", rotate)})
				d := startDjango(t, key.theirs)
				username := Name()
				theirs := d.Register(t, username, Password)
				d.Register(t, Name(), Password) // whom a changed token would name
				s.importDjango(t, d)
				tokens := s.SignIn(t, theirs)
				if rotate == "true" {
					tokens = next(t, s, tokens.Refresh)
				}

				if id, name := d.opens(t, tokens.Access); id != "1" || name != username {
					t.Errorf("our access token opens Django's view to %q %q, want %q", id, name, username)
				}
				if id, _ := d.opens(t, promoted(t, tokens.Access, "2")); id != "" {
					t.Errorf("a changed token opens Django's view to %s", id)
				}
				back := d.Refresh(t, tokens.Refresh).Must(t, http.StatusOK).Text("access")
				if _, name := d.opens(t, back); name != username {
					t.Errorf("Django's answer to our refresh token opens its view to %q", name)
				}
				d.Do(t, post("/api/token/blacklist/", fields("refresh", tokens.Refresh))).Must(t, http.StatusOK)
				d.Refresh(t, tokens.Refresh).Must(t, http.StatusUnauthorized)
			})
		}
	}
}

// sharedKey is a key that both have, in the settings of each.
type sharedKey struct {
	settings map[string]string
	theirs   map[string]any
}

// ours returns our settings, with others.
func (k sharedKey) ours(others ...string) map[string]string {
	all := patient(others...)
	maps.Copy(all, k.settings)
	return all
}

// sharedKeys are the shared secret, and a private key in PEM.
func sharedKeys(t *testing.T) map[string]sharedKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	private := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return map[string]sharedKey{
		"HS256": {
			settings: fields("PRESET", "simplejwt", "SIGNING_SECRET", sharedSecret),
			theirs:   map[string]any{"SIGNING_KEY": sharedSecret},
		},
		"RS256": {
			settings: fields("PRESET", "simplejwt", "ALGORITHM", "RS256", "SIGNING_KEY", private),
			theirs: map[string]any{
				"ALGORITHM": "RS256", "SIGNING_KEY": private,
				"VERIFYING_KEY": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
			},
		},
	}
}
