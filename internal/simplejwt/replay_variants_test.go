package simplejwt_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
)

// variants are the settings that cases were recorded with.
type variants struct {
	secret    string
	simpleJWT map[string]map[string]any // of a variant, by the names of SIMPLE_JWT
	throttle  map[string]string
	publicPEM map[string]string // the key in force, where there is a pair
	ignored   []string          // headers that are not compared
}

// newVariants reads the recorded settings and makes the key pairs that they ask for.
func newVariants(t *testing.T, all recording) *variants {
	t.Helper()
	v := &variants{
		secret: all.Meta.SecretKey, ignored: all.Meta.IgnoredHeaders, simpleJWT: map[string]map[string]any{}, throttle: map[string]string{}, publicPEM: map[string]string{},
	}
	for name, variant := range all.Meta.Variants {
		settings := map[string]any{}
		if raw := variant.Env["REF_SIMPLE_JWT"]; raw != "" {
			if err := json.Unmarshal([]byte(raw), &settings); err != nil {
				t.Fatalf("variant %s: %v", name, err)
			}
		}
		if key, _ := settings["SIGNING_KEY"].(string); strings.HasPrefix(key, "<") {
			algorithm, _ := settings["ALGORITHM"].(string)
			settings["SIGNING_KEY"], v.publicPEM[name] = newPair(t, algorithm)
			settings["VERIFYING_KEY"] = v.publicPEM[name]
		}
		v.simpleJWT[name] = settings
		if variant.Env["REF_THROTTLE"] != "" {
			v.throttle[name] = variant.Env["REF_THROTTLE"]
		}
	}
	return v
}

// of returns the environment of the service for a variant.
func (v *variants) of(t *testing.T, name string) map[string]string {
	t.Helper()
	settings, known := v.simpleJWT[name]
	if !known {
		t.Fatalf("there is no variant %q", name)
	}
	env := map[string]string{"PRESET": "simplejwt", "ALLOWED_HOSTS": "127.0.0.1,localhost"}
	if algorithm, _ := settings["ALGORITHM"].(string); algorithm == "" || strings.HasPrefix(algorithm, "HS") {
		env["SIGNING_SECRET"] = v.secret
	}
	if v.throttle[name] != "" {
		env["THROTTLE"] = v.throttle[name]
	}
	if len(settings) > 0 {
		raw, err := json.Marshal(settings)
		if err != nil {
			t.Fatal(err)
		}
		env["SIMPLEJWT"] = string(raw)
	}
	return env
}

// lifetime is how long a token of a type lives, in seconds.
func (v *variants) lifetime(variant, kind string) float64 {
	names := map[string]string{"access": "ACCESS_TOKEN_LIFETIME", "refresh": "REFRESH_TOKEN_LIFETIME", "sliding": "SLIDING_TOKEN_LIFETIME"}
	if set, ok := v.simpleJWT[variant][names[kind]].(float64); ok {
		return set
	}
	return map[string]float64{"access": 300, "refresh": 86400, "sliding": 300}[kind]
}

// newPair makes a key pair for an algorithm, both halves as PEM.
func newPair(t *testing.T, algorithm string) (private, public string) {
	t.Helper()
	var key crypto.Signer
	var err error
	switch algorithm {
	case "RS256":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		t.Fatalf("no key pair for %q", algorithm)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	publicDER, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: publicDER}))
}
