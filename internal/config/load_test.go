package config

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	goodSecret  = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ6yE1+cZ0dWs="
	goodSigning = "f3!k2-9vq0zxw8_m4n7b1c6d5e-hjlt0y2u4i6o8p"
)

// load reads a configuration in an empty directory.
func load(t *testing.T, src Source) (*Config, error) {
	t.Helper()
	if src.WorkDir == "" {
		src.WorkDir = t.TempDir()
	}
	return Load(src)
}

func mustLoad(t *testing.T, src Source) *Config {
	t.Helper()
	c, err := load(t, src)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return c
}

// write makes a file of a test with mode 0600.
func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// problems returns the lines of Load's error.
func problems(t *testing.T, err error) []string {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("Load returned %v, want an *Error", err)
	}
	return e.Problems
}

func settingOf(t *testing.T, c *Config, key string) Setting {
	t.Helper()
	all := c.Settings()
	i := slices.IndexFunc(all, func(s Setting) bool { return s.Key == key })
	if i < 0 {
		t.Fatalf("there is no setting %s", key)
	}
	return all[i]
}

func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := mustLoad(t, Source{WorkDir: dir})
	if want := "sqlite:" + filepath.Join(dir, "countersign-data", "countersign.db"); c.DatabaseURL.Reveal() != want {
		t.Errorf("DatabaseURL = %s, want %s", c.DatabaseURL.Reveal(), want)
	}
	if !c.SQLite() || !c.Migrates() || c.SimpleJWT() || !c.RegistrationOpen() || c.IntegerIDs() {
		t.Error("a default decision is wrong")
	}
	got := []any{c.Listen, c.PublicURL, c.Issuer, c.Audience, c.Algorithm, c.AccessLifetime, c.RefreshIdleLifetime,
		c.RefreshLifetime, c.RefreshGrace, c.RotateRefresh, c.JWKSMaxAge, c.HashMemoryKiB, c.HashIterations,
		c.HashParallelism, c.CORSOrigins, c.TrustedProxies, c.Warnings}
	want := []any{"127.0.0.1:8000", "http://127.0.0.1:8000", "http://127.0.0.1:8000", []string{"http://127.0.0.1:8000"},
		"ES256", 5 * time.Minute, 336 * time.Hour, 720 * time.Hour, time.Minute, true, 300 * time.Second, 19456, 2, 1,
		[]string(nil), []netip.Prefix(nil), []string(nil)}
	comparePrefixes := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if diff := cmp.Diff(want, got, comparePrefixes); diff != "" {
		t.Error(diff)
	}
}

func TestLoadLayers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "countersign.toml", `
access_lifetime = "1m"
refresh_grace = "10s"
hash_queue = 7
rotate_refresh = false
cors_origins = ["https://a.example.com", "https://b.example.com"]
registration = "closed"
`)
	c := mustLoad(t, Source{
		WorkDir: dir,
		Environ: []string{"PATH=/bin", "COUNTERSIGN_REFRESH_GRACE=20s", "COUNTERSIGN_REFRESH_GRACE=25s", "COUNTERSIGN_REGISTRATION=open"},
		Flags:   map[string]string{"refresh-grace": "30s", "listen": "127.0.0.1:9000"},
	})
	for _, want := range []struct{ key, value, origin string }{
		{"access_lifetime", "1m", "file countersign.toml"},
		{"hash_queue", "7", "file countersign.toml"},
		{"rotate_refresh", "false", "file countersign.toml"},
		{"cors_origins", "https://a.example.com,https://b.example.com", "file countersign.toml"},
		{"registration", "open", "environment COUNTERSIGN_REGISTRATION"},
		{"refresh_grace", "30s", "flag --refresh-grace"},
		{"listen", "127.0.0.1:9000", "flag --listen"},
		{"public_url", "http://127.0.0.1:9000", "default"},
		{"jwks_max_age", "5m", "default"},
	} {
		if s := settingOf(t, c, want.key); s.Value != want.value || s.Origin != want.origin {
			t.Errorf("%s = %q from %q, want %q from %q", want.key, s.Value, s.Origin, want.value, want.origin)
		}
	}
	if c := mustLoad(t, Source{WorkDir: dir, Environ: []string{"COUNTERSIGN_REFRESH_GRACE=20s", "COUNTERSIGN_REFRESH_GRACE=25s"}}); c.RefreshGrace != 25*time.Second {
		t.Errorf("of two entries the first counted: %s", c.RefreshGrace)
	}
}

func TestLoadConfigFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one := write(t, dir, "one.toml", `log_level = "debug"`)
	write(t, dir, "two.toml", `log_level = "warn"`)
	if c := mustLoad(t, Source{WorkDir: dir, Environ: []string{"COUNTERSIGN_CONFIG=two.toml"}}); c.LogLevel != "warn" {
		t.Errorf("COUNTERSIGN_CONFIG was not read: %s", c.LogLevel)
	}
	c := mustLoad(t, Source{WorkDir: dir, ConfigFile: one, Environ: []string{"COUNTERSIGN_CONFIG=two.toml"}})
	if s := settingOf(t, c, "log_level"); s.Value != "debug" || s.Origin != "file "+one {
		t.Errorf("--config does not win: %+v", s)
	}
	for name, src := range map[string]Source{
		"missing flag":     {WorkDir: dir, ConfigFile: "absent.toml"},
		"missing variable": {WorkDir: dir, Environ: []string{"COUNTERSIGN_CONFIG=absent.toml"}},
		"directory":        {WorkDir: dir, ConfigFile: dir},
	} {
		if _, err := Load(src); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	write(t, dir, "three.toml", "log_level = \"warn\"\nlisten = canary-7f3a\n")
	_, err := Load(Source{WorkDir: dir, ConfigFile: "three.toml"})
	if err == nil || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), "canary") {
		t.Errorf("malformed TOML: %v; want the place and not the text", err)
	}
	write(t, dir, "four.toml", "log_level = \"warn\"\nlog_level = \"info\"\n")
	if _, err := Load(Source{WorkDir: dir, ConfigFile: "four.toml"}); err == nil || !strings.Contains(err.Error(), "TOML") {
		t.Errorf("a name given twice: %v", err)
	}
}

func TestLoadUnknownNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "countersign.toml", "acess_lifetime = \"1m\"\n[tokens]\nissuer = \"x\"\n")
	_, err := Load(Source{
		WorkDir: dir,
		Environ: []string{"COUNTERSIGN_LISTN=canary-7f3a", "COUNTERSIGN_SECRETFILE=canary-7f3a", "COUNTERSIGN_DB_PORT=tcp://10.0.0.1:5432"},
		Flags:   map[string]string{"public-ulr": "canary-7f3a"},
	})
	got := problems(t, err)
	for _, want := range []string{
		"countersign.toml: acess_lifetime: is not a setting; the nearest is access_lifetime",
		"countersign.toml: tokens.issuer: is not a setting; the nearest is ",
		"COUNTERSIGN_LISTN: is not a setting; the nearest is COUNTERSIGN_LISTEN",
		"COUNTERSIGN_SECRETFILE: is not a setting; the nearest is COUNTERSIGN_SECRET_FILE",
		"COUNTERSIGN_DB_PORT: is not a setting; the nearest is ",
		"--public-ulr: is not a setting; the nearest is --public-url",
	} {
		if !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("no problem %q in\n%s", want, err)
		}
	}
	if len(got) != 6 || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "enableServiceLinks: false") {
		t.Errorf("%d problems, want 6 without values and with a hint:\n%s", len(got), err)
	}
}

func TestLoadIgnoresForeignVariables(t *testing.T) {
	t.Parallel()
	mustLoad(t, Source{Environ: []string{
		"COUNTERSIGN_TEST_REQUIRE=postgres", "COUNTERSIGN_SUPERUSER_PASSWORD=x", "COUNTERSIGN_PORT=tcp://10.0.0.1:80",
		"COUNTERSIGN_PORT_80_TCP=tcp://10.0.0.1:80", "COUNTERSIGN_PORT_80_TCP_ADDR=10.0.0.1", "COUNTERSIGN_SERVICE_HOST=10.0.0.1",
		"COUNTERSIGN_SERVICE_PORT=80", "COUNTERSIGN_SERVICE_PORT_HTTP=80", "COUNTERSIGNX=1", "countersign_listn=1", "=C:=C:\\", "broken",
	}})
	if _, err := load(t, Source{Environ: []string{"COUNTERSIGN_TEST=1"}}); err == nil {
		t.Error("COUNTERSIGN_TEST is not one of the exceptions")
	}
}

func TestLoadPreset(t *testing.T) {
	t.Parallel()
	environ := []string{"COUNTERSIGN_PRESET=simplejwt", "COUNTERSIGN_SIGNING_SECRET=" + goodSigning}
	c := mustLoad(t, Source{Environ: environ})
	if !c.SimpleJWT() || c.Algorithm != "HS256" || c.RotateRefresh || !c.IntegerIDs() ||
		c.AccessLifetime != 5*time.Minute || c.RefreshLifetime != 24*time.Hour || c.RefreshIdleLifetime != 24*time.Hour {
		t.Errorf("the preset is not in effect: %+v", c)
	}
	if s := settingOf(t, c, "rotate_refresh"); s.Origin != "preset simplejwt" {
		t.Errorf("origin = %q", s.Origin)
	}

	t.Run("every_layer_overrides_it", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		write(t, dir, "countersign.toml", "preset = \" simplejwt \"\nrotate_refresh = true\n")
		c := mustLoad(t, Source{WorkDir: dir,
			Environ: append([]string{"COUNTERSIGN_IDS=uuid"}, environ[1]),
			Flags:   map[string]string{"access_lifetime": "10m"}})
		if !c.SimpleJWT() || !c.RotateRefresh || c.IntegerIDs() || c.AccessLifetime != 10*time.Minute || c.Algorithm != "HS256" {
			t.Errorf("the preset wins over a layer: %+v", c)
		}
	})
	t.Run("the_refresh_token_lives_as_long_as_the_session", func(t *testing.T) {
		t.Parallel()
		c := mustLoad(t, Source{Environ: append(slices.Clone(environ), "COUNTERSIGN_REFRESH_LIFETIME=7d")})
		if c.RefreshIdleLifetime != 7*24*time.Hour {
			t.Errorf("idle = %s", c.RefreshIdleLifetime)
		}
	})
	t.Run("a_higher_layer_switches_it_off", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		write(t, dir, "countersign.toml", "preset = \"simplejwt\"\n")
		if c := mustLoad(t, Source{WorkDir: dir, Environ: []string{"COUNTERSIGN_PRESET="}}); c.SimpleJWT() || c.Algorithm != "ES256" {
			t.Error("the preset of the file is still in effect")
		}
	})
	t.Run("an_unknown_one_is_refused", func(t *testing.T) {
		t.Parallel()
		if _, err := load(t, Source{Environ: []string{"COUNTERSIGN_PRESET=django"}}); err == nil {
			t.Error("loaded")
		}
	})
}

func TestLoadShorterSessionsShortenIdle(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, Source{Environ: []string{"COUNTERSIGN_REFRESH_LIFETIME=1d"}})
	if c.RefreshIdleLifetime != 24*time.Hour {
		t.Errorf("idle = %s, want the absolute lifetime", c.RefreshIdleLifetime)
	}
}

func TestBoundTo(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, Source{Environ: []string{"COUNTERSIGN_LISTEN=127.0.0.1:0", "COUNTERSIGN_AUDIENCE=api"}})
	b := c.BoundTo("127.0.0.1:4711")
	if b.PublicURL != "http://127.0.0.1:4711" || b.Issuer != b.PublicURL || !slices.Equal(b.Audience, []string{"api"}) {
		t.Errorf("BoundTo = %s %s %v", b.PublicURL, b.Issuer, b.Audience)
	}
	if c.PublicURL != "http://127.0.0.1:0" {
		t.Error("BoundTo changed its receiver")
	}
	fixed := mustLoad(t, Source{Environ: []string{"COUNTERSIGN_PUBLIC_URL=https://auth.example.com/"}}).BoundTo("127.0.0.1:1")
	if fixed.PublicURL != "https://auth.example.com" || fixed.Issuer != fixed.PublicURL {
		t.Errorf("BoundTo changed a public URL that was set: %s", fixed.PublicURL)
	}
}
