package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const oddSecret = "odd \"quotes\" \\ back $x 'é\t😀\x01 0123456789"

var moved = time.Date(2026, 3, 2, 23, 59, 0, 0, time.UTC)

// export makes the export of a Django service.
func export(t *testing.T, members map[string]any) string {
	t.Helper()
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// continued imports an export and loads what it writes.
func continued(t *testing.T, text string) (c *Config, written string, warnings []string) {
	t.Helper()
	d, err := FromDjango(strings.NewReader(text))
	if err != nil {
		t.Fatalf("FromDjango(%s): %v", text, err)
	}
	written, warnings, err = d.TOML(moved, "sqlite:moved.db")
	if err != nil {
		t.Fatalf("TOML of %s: %v", text, err)
	}
	dir := t.TempDir()
	write(t, dir, "countersign.toml", written)
	if _, err := d.WriteSecrets(dir); err != nil {
		t.Fatal(err)
	}
	return mustLoad(t, Source{WorkDir: dir}), written, warnings
}

func TestFromDjangoContinuesTheService(t *testing.T) {
	t.Parallel()
	c, written, warnings := continued(t, export(t, map[string]any{
		"SECRET_KEY": oddSecret, "AUTH_USER_MODEL": "auth.User", "ALLOWED_HOSTS": []string{".Example.com", "[::1]", "a.example:80"},
		"INSTALLED_APPS": []string{blacklistApp}, "SIMPLEJWT_VERSION": "5.2.2", "TIME_ZONE": "UTC", "USE_TZ": true,
		"SIMPLE_JWT": map[string]any{
			"ACCESS_TOKEN_LIFETIME": 600.0, "REFRESH_TOKEN_LIFETIME": 4.32e7, "ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true,
			"LEEWAY": 3, "ISSUER": "my \"issuer\"", "AUDIENCE": []string{"a", "b"}, "AUTH_HEADER_TYPES": []string{"JWT"}, "JTI_CLAIM": "jti",
			"AUTH_HEADER_NAME": "HTTP_X_TOKEN", "AUTH_COOKIE": "x", "TOKEN_OBTAIN_SERIALIZER": "shop.Mine",
		},
	}))
	if c.SigningSecret.Reveal() != oddSecret || strings.Contains(written, oddSecret) || strings.Contains(written, "0123456789") {
		t.Errorf("the secret is %q after\n%s", c.SigningSecret.Reveal(), written)
	}
	for key, want := range map[string]string{
		"preset": "simplejwt", "algorithm": "HS256", "access_lifetime": "10m", "refresh_lifetime": "400d", "refresh_idle_lifetime": "400d",
		"rotate_refresh": "true", "blacklist_after_rotation": "true", "refresh_grace": "0s", "leeway": "3s", "issuer": "my \"issuer\"", "audience": "a,b",
		"auth_header_types": "JWT", "auth_header_name": "X-Token", "int_user_id": "true", "ids": "integer", "bridge_until": "2026-04-01",
		"allowed_hosts": ".example.com,[::1]", "database_url": "sqlite:moved.db", "jti_claim": "jti",
	} {
		if s := settingOf(t, c, key); s.Value != want {
			t.Errorf("%s = %q, want %q in\n%s", key, s.Value, want, written)
		}
	}
	if strings.Contains(written, "jti_claim") || !strings.Contains(written, "# ACCESS_TOKEN_LIFETIME\naccess_lifetime = \"10m\"\n") {
		t.Errorf("want what differs from the preset, with its name in Django:\n%s", written)
	}
	for _, want := range []string{"AUTH_COOKIE", "TOKEN_OBTAIN_SERIALIZER: is Python code", "REFRESH_TOKEN_LIFETIME: is more than the 400d", "ALLOWED_HOSTS: \"a.example:80\""} {
		if !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, want) }) {
			t.Errorf("no warning with %q in %q", want, warnings)
		}
	}
}

func TestFromDjangoKeys(t *testing.T) {
	t.Parallel()
	private, public := keyPair(t)
	c, written, _ := continued(t, export(t, map[string]any{"SECRET_KEY": "short", "SIMPLE_JWT": map[string]any{
		"ALGORITHM": "ES256", "SIGNING_KEY": "\r\n" + private, "VERIFYING_KEY": public, "JWK_URL": "https://a.example/jwks",
	}}))
	if strings.TrimSpace(c.SigningKey.Reveal()) != strings.TrimSpace(private) || c.VerifyingKey != strings.TrimSpace(public) || c.VerifyOnly() ||
		!c.SigningSecret.IsZero() || c.JWKURL != "" || strings.Contains(written, "PRIVATE") {
		t.Errorf("the keys did not come over:\n%s", written)
	}
	c, written, _ = continued(t, export(t, map[string]any{"SIMPLE_JWT": map[string]any{"ALGORITHM": "ES521", "SIGNING_KEY": nil, "VERIFYING_KEY": public}}))
	if !c.VerifyOnly() || c.Algorithm != "ES512" || strings.Contains(written, "bridge_until") {
		t.Errorf("the service that verifies only is not one:\n%s", written)
	}
}

// What simplejwt allows and we do not is brought into our bounds, and said.
func TestFromDjangoFits(t *testing.T) {
	t.Parallel()
	for members, want := range map[string][2]string{
		`{"ACCESS_TOKEN_LIFETIME":172800}`:                                      {"refresh_lifetime", "2d"},
		`{"SLIDING_TOKEN_LIFETIME":172800,"SLIDING_TOKEN_REFRESH_LIFETIME":60}`: {"sliding_refresh_lifetime", "2d"},
		`{"LEEWAY":600}`: {"leeway", "30s"},
		`{"ROTATE_REFRESH_TOKENS":true,"BLACKLIST_AFTER_ROTATION":true}`: {"blacklist_after_rotation", "false"},
	} {
		text := `{"SECRET_KEY":"` + goodSigning + `","INSTALLED_APPS":["rest_framework"],"SIMPLE_JWT":` + members + `}`
		c, _, warnings := continued(t, text)
		if s := settingOf(t, c, want[0]); s.Value != want[1] || len(warnings) == 0 {
			t.Errorf("%s: %s = %q, warnings %q", members, want[0], s.Value, warnings)
		}
	}
}

func TestFromDjangoVersions(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{"5.2.2": true, "5.5.0": true, "5.5.1": false, "5.5.2.dev3": false, "6": false, "": false, "x": false, "4.8.0rc1": true} {
		c, _, _ := continued(t, export(t, map[string]any{"SECRET_KEY": goodSigning, "SIMPLEJWT_VERSION": version}))
		if c.IntUserID != want {
			t.Errorf("%q: a number as user id %t, want %t", version, c.IntUserID, want)
		}
	}
}

func TestFromDjangoRefuses(t *testing.T) {
	t.Parallel()
	const canary = "canary-7f3a"
	for text, want := range map[string]string{
		"":                         "Django's settings: the export is not a JSON object",
		`{"SECRET_KEY":"` + canary: "Django's settings: the export is not valid JSON",
		`{}`:                       "Django's settings: SECRET_KEY: wants a string",
		`{"SECRET_KEY":"` + canary + `","SIMPLE_JWT":[]}`:                               "Django's settings: SIMPLE_JWT: is not an object",
		`{"SECRET_KEY":"` + canary + `"}`:                                               "Django's settings: SECRET_KEY: has 11 bytes",
		`{"SECRET_KEY":"` + goodSigning + `","SIMPLE_JWT":{"USER_ID_FIELD":"uuid"}}`:    "Django's settings: USER_ID_FIELD: \"uuid\" is not one of",
		`{"SECRET_KEY":"` + goodSigning + `","SIMPLE_JWT":{"ALGORITHM":"ES256K"}}`:      "Django's settings: ALGORITHM: \"ES256K\" is not one of",
		`{"SECRET_KEY":"` + goodSigning + `","SIMPLE_JWT":{"LEEWAY":"` + canary + `"}}`: "Django's settings: LEEWAY: wants a number",
		`{"SECRET_KEY":"` + goodSigning + `","SIMPLE_JWT":{"LEEWAY":1e10}}`:             "Django's settings: LEEWAY: is more than 36500 days",
		`{"SECRET_KEY":"` + goodSigning + `","AUTH_USER_MODEL":1}`:                      "Django's settings: AUTH_USER_MODEL: wants a string",
		`{"SECRET_KEY":"` + goodSigning + `","ALLOWED_HOSTS":"*"}`:                      "Django's settings: ALLOWED_HOSTS: is not a list",
		strings.Repeat(" ", maxDjangoExport+1):                                          "Django's settings: hold more than",
	} {
		d, err := FromDjango(strings.NewReader(text))
		if err == nil {
			_, _, err = d.TOML(moved, "")
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(problems(t, err)) != 1 || strings.Contains(err.Error(), canary) {
			t.Errorf("%.60s: %v, want %q", text, err, want)
		}
	}
}

// Case M06: the secrets of the Django service reach no sink.
func TestDjangoSettingsPrintNoSecret(t *testing.T) {
	t.Parallel()
	d, err := FromDjango(strings.NewReader(export(t, map[string]any{"SECRET_KEY": goodSigning, "AUTH_USER_MODEL": "shop.Customer"})))
	if err != nil || d.UserModel() != "shop.Customer" {
		t.Fatalf("UserModel = %v, %v", d, err)
	}
	text, warnings, err := d.TOML(moved, "postgres://u:canary-7f3a@db/x")
	if err != nil || len(warnings) != 1 {
		t.Fatalf("warnings %q, %v", warnings, err)
	}
	out := bytes.NewBufferString(text + warnings[0])
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(out, verb+" "+verb, d, *d)
	}
	slog.New(slog.NewJSONHandler(out, nil)).Info("x", "d", d, "v", *d)
	slog.New(slog.NewTextHandler(out, nil)).Info("x", "d", d, "v", *d)
	if strings.Contains(out.String(), goodSigning) || strings.Contains(out.String(), fmt.Sprintf("%x", goodSigning)) || strings.Contains(out.String(), "canary") {
		t.Errorf("a secret was printed:\n%s", out)
	}
}

func TestWriteSecrets(t *testing.T) {
	t.Parallel()
	d, err := FromDjango(strings.NewReader(export(t, map[string]any{"SECRET_KEY": goodSigning})))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "signing.secret")
	for range 2 {
		if paths, err := d.WriteSecrets(dir); err != nil || !slices.Equal(paths, []string{path}) {
			t.Fatalf("WriteSecrets = %q, %v", paths, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	write(t, dir, "signing.secret", "another\n")
	if _, err := d.WriteSecrets(dir); !errors.Is(err, fs.ErrExist) || strings.Contains(err.Error(), goodSigning) {
		t.Errorf("over another secret: %v", err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "another\n" {
		t.Error("another secret was written over")
	}
}

// The command is one line that a shell passes on as it is.
func TestDjangoExportCommandIsOneLine(t *testing.T) {
	t.Parallel()
	inside := strings.TrimSuffix(strings.TrimPrefix(DjangoExportCommand, `python manage.py shell -c "`), `"`)
	if len(inside) != len(DjangoExportCommand)-len(`python manage.py shell -c ""`) || strings.ContainsAny(inside, "\"\n$`\\!%") {
		t.Errorf("a shell changes %s", DjangoExportCommand)
	}
}

// Whatever the export says, what is written for it loads again with the same
// values.
func FuzzFromDjango(f *testing.F) {
	for _, seed := range []string{"{}", `{"LEEWAY":1}`, `{"ISSUER":"a\"\\\n'"}`, `{"AUDIENCE":["a,b","c"]}`, `{"ACCESS_TOKEN_LIFETIME":9e5}`, `{"ALGORITHM":"RS256"}`,
		`{"SIGNING_KEY":"\u0000\r\n\"\"\"\\ 0123456789abcdefghijk"}`, `{"USER_ID_CLAIM":"\u2028é"}`, `{"AUTH_HEADER_TYPES":["a,b"]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, members string) {
		d, err := FromDjango(strings.NewReader(`{"SECRET_KEY":"` + goodSigning + `","SIMPLE_JWT":` + members + `}`))
		if err != nil {
			problems(t, err)
			return
		}
		text, _, err := d.TOML(moved, "")
		if err != nil {
			problems(t, err)
			return
		}
		want, err := d.load(moved)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		write(t, dir, "countersign.toml", text)
		if _, err := d.WriteSecrets(dir); err != nil {
			t.Fatal(err)
		}
		got, err := Load(Source{WorkDir: dir})
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if !got.SigningSecret.Equal(want.SigningSecret) || strings.TrimSpace(got.SigningKey.Reveal()) != strings.TrimSpace(want.SigningKey.Reveal()) {
			t.Errorf("another key after\n%s", text)
		}
		for i, s := range got.Settings() {
			if w := want.Settings()[i]; s.Value != w.Value && s.Key != "data_dir" && s.Key != "database_url" && !strings.HasPrefix(s.Key, "signing_") {
				t.Errorf("%s = %q, want %q in\n%s", s.Key, s.Value, w.Value, text)
			}
		}
	})
}
