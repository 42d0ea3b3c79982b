package config

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func random(n int) []byte {
	raw := make([]byte, n)
	rand.Read(raw)
	return raw
}

func TestParseInstanceSecret(t *testing.T) {
	t.Parallel()
	// Fixed bytes whose two base64 alphabets differ and need padding.
	raw, err := hex.DecodeString("abcdef123456789fb0adef1234569078a0bcdef1134567890abcde0f123456ffbf")
	if err != nil {
		t.Fatal(err)
	}
	raw = raw[:32]
	long := random(64)
	for name, test := range map[string]struct {
		text string
		want []byte
	}{
		"base64":                {base64.StdEncoding.EncodeToString(raw), raw},
		"base64 unpadded":       {base64.RawStdEncoding.EncodeToString(raw), raw},
		"base64url":             {base64.URLEncoding.EncodeToString(long), long},
		"base64url unpadded":    {base64.RawURLEncoding.EncodeToString(raw), raw},
		"hex":                   {hex.EncodeToString(raw), raw},
		"hex capital":           {strings.ToUpper(hex.EncodeToString(raw)), raw},
		"wrapped by openssl":    {base64.StdEncoding.EncodeToString(long)[:64] + "\n" + base64.StdEncoding.EncodeToString(long)[64:] + "\n", long},
		"spaces at the borders": {"  " + hex.EncodeToString(raw) + "\r\n", raw},
	} {
		if got, err := ParseInstanceSecret(test.text); err != nil || !bytes.Equal(got, test.want) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

// Case H03: an empty, short, guessable or published secret is refused.
func TestParseInstanceSecretRefuses(t *testing.T) {
	t.Parallel()
	encode := base64.StdEncoding.EncodeToString
	counting := make([]byte, 32)
	for i := range counting {
		counting[i] = byte(i)
	}
	for name, text := range map[string]string{
		"empty":               "",
		"blank":               " \n",
		"31 bytes base64":     encode(random(31)),
		"31 bytes hex":        hex.EncodeToString(random(31)),
		"hex that is base64":  hex.EncodeToString(random(22)),
		"odd hex":             hex.EncodeToString(random(32)) + "a",
		"one byte repeated":   encode(bytes.Repeat([]byte{0xa7}, 32)),
		"zeros in hex":        strings.Repeat("0", 64),
		"a block repeated":    encode(bytes.Repeat(random(8), 8)),
		"counting":            encode(counting),
		"a sentence":          encode([]byte("this is my very secret pass phrase!!")),
		"a sentence in hex":   hex.EncodeToString([]byte("this is my very secret pass phrase!!")),
		"words run together":  "correcthorsebatterystaplecorrecthorsebattery",
		"plain password":      "Tr0ub4dor&3-Tr0ub4dor&3-Tr0ub4dor&3-Tr0ub4dor&3",
		"RFC 7515":            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
		"RFC 7515 other form": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==",
		"both alphabets":      "-" + strings.Replace(goodSecret[1:], "y", "+", 1),
		"wrong padding":       goodSecret + "=",
		"loose last bits":     goodSecret[:42] + "t=",
		"too long":            encode(random(1025)),
		"far too long":        strings.Repeat("Ab3+", 1<<16),
	} {
		raw, err := ParseInstanceSecret(text)
		if err == nil {
			t.Errorf("%s: accepted %d bytes", name, len(raw))
			continue
		}
		if len(text) > 8 && strings.Contains(err.Error(), text[:8]) {
			t.Errorf("%s: the error shows the secret: %v", name, err)
		}
	}
}

// A check of randomness that refuses random secrets would be a lottery at start.
func TestParseInstanceSecretTakesRandomBytes(t *testing.T) {
	t.Parallel()
	for range 2000 {
		raw := random(32)
		for _, text := range []string{base64.StdEncoding.EncodeToString(raw), hex.EncodeToString(raw)} {
			if got, err := ParseInstanceSecret(text); err != nil || !bytes.Equal(got, raw) {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
}

func FuzzParseInstanceSecret(f *testing.F) {
	for _, seed := range []string{"", goodSecret, strings.Repeat("0f", 32), "====", "A=A=", "-_+/", "\x00\xff", strings.Repeat("é", 40)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		raw, err := ParseInstanceSecret(text)
		if err != nil {
			if raw != nil || strings.Contains(err.Error(), "\n") {
				t.Errorf("a refusal with bytes or of several lines: %v", err)
			}
			return
		}
		if len(raw) < minSecretBytes || len(raw) > maxSecretBytes {
			t.Fatalf("%d bytes accepted", len(raw))
		}
		if again, err := ParseInstanceSecret(hex.EncodeToString(raw)); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("the same bytes as hex: %x, %v", again, err)
		}
	})
}

func TestSecretFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "secret", goodSecret+"\n")
	write(t, dir, "signing", goodSigning+"\r\n")
	write(t, dir, "url", "postgres://u:canary-7f3a@db/x\n")
	write(t, dir, "countersign.toml", "signing_secret_file = \"signing\"\nalgorithm = \"HS256\"\ndatabase_url = \"sqlite:other.db\"\n")
	c := mustLoad(t, Source{WorkDir: dir,
		Environ: []string{"COUNTERSIGN_SECRET_FILE=secret", "COUNTERSIGN_DATABASE_URL_FILE=" + filepath.Join(dir, "url")}})
	if c.Secret.Reveal() != goodSecret || c.SigningSecret.Reveal() != goodSigning || c.DatabaseURL.Reveal() != "postgres://u:canary-7f3a@db/x" {
		t.Error("a secret file was not read, or not without the end of its line")
	}
	if s := settingOf(t, c, "secret"); s.Origin != "environment COUNTERSIGN_SECRET_FILE" || s.Value != redacted {
		t.Errorf("secret: %+v", s)
	}
	if len(c.Warnings) != 0 {
		t.Errorf("warnings %q", c.Warnings)
	}
	over := mustLoad(t, Source{WorkDir: dir, Environ: []string{"COUNTERSIGN_SIGNING_SECRET=" + goodSigning + "2"}})
	if over.SigningSecret.Reveal() != goodSigning+"2" {
		t.Error("the environment does not win over the secret file of countersign.toml")
	}
}

func TestSecretFilesRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "secret", goodSecret)
	write(t, dir, "blank", "\n")
	write(t, dir, "huge", strings.Repeat("a", maxSecretFile+1))
	write(t, dir, "weak", "canary-7f3a")
	for name, test := range map[string]struct {
		src  Source
		want string
	}{
		"both":      {Source{Environ: []string{"COUNTERSIGN_SECRET=" + goodSecret, "COUNTERSIGN_SECRET_FILE=secret"}}, "COUNTERSIGN_SECRET: is given, and COUNTERSIGN_SECRET_FILE too"},
		"missing":   {Source{Environ: []string{"COUNTERSIGN_SECRET_FILE=canary-7f3a"}}, "COUNTERSIGN_SECRET_FILE: the file cannot be read: no such file"},
		"directory": {Source{Environ: []string{"COUNTERSIGN_SECRET_FILE=."}}, "the file is a directory"},
		"unnamed":   {Source{Environ: []string{"COUNTERSIGN_SECRET_FILE="}}, "COUNTERSIGN_SECRET_FILE: is empty"},
		"blank":     {Source{Environ: []string{"COUNTERSIGN_SECRET_FILE=blank"}}, "the file is empty"},
		"huge":      {Source{Environ: []string{"COUNTERSIGN_SECRET_FILE=huge"}}, "more than 65536 bytes"},
		"weak":      {Source{Flags: map[string]string{"secret-file": "weak"}}, "--secret-file: is neither base64 nor hex"},
		"flag":      {Source{Flags: map[string]string{"secret": goodSecret}}, "--secret: is not read from the command line"},
		"signing":   {Source{Environ: []string{"COUNTERSIGN_ALGORITHM=HS256", "COUNTERSIGN_SIGNING_SECRET_FILE=absent"}}, "COUNTERSIGN_SIGNING_SECRET_FILE: the file cannot"},
	} {
		test.src.WorkDir = dir
		_, err := Load(test.src)
		if err == nil {
			t.Errorf("%s: loaded", name)
			continue
		}
		if got := problems(t, err); len(got) != 1 || !strings.Contains(got[0], test.want) || strings.Contains(got[0], "canary") || strings.Contains(got[0], goodSecret) {
			t.Errorf("%s: problems %q, want one with %q and no secret", name, got, test.want)
		}
	}
	write(t, dir, "countersign.toml", "secret = \""+goodSecret+"\"\n")
	if _, err := Load(Source{WorkDir: dir}); err == nil || !strings.HasPrefix(err.Error(), "countersign.toml: secret: is not read from this file") {
		t.Errorf("a secret in countersign.toml: %v", err)
	}
}

func TestSecretFileThatOthersRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	path := write(t, t.TempDir(), "secret", goodSecret)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	c := mustLoad(t, Source{Environ: []string{"COUNTERSIGN_SECRET_FILE=" + path}})
	if len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], "COUNTERSIGN_SECRET_FILE: others can read the file") {
		t.Errorf("warnings %q", c.Warnings)
	}
}

func TestRootSecret(t *testing.T) {
	t.Parallel()
	const postgres = "COUNTERSIGN_DATABASE_URL=postgres://db/x"
	c := mustLoad(t, Source{Environ: []string{postgres}})
	if _, _, err := c.RootSecret(); err != ErrSecretRequired || c.RequireSecret() != ErrSecretRequired {
		t.Errorf("a shared database without a secret: %v", err)
	}
	c = mustLoad(t, Source{Environ: []string{postgres, "COUNTERSIGN_SECRET=" + goodSecret}})
	if raw, created, err := c.RootSecret(); err != nil || created || len(raw) != 32 {
		t.Errorf("a given secret: %d bytes, %t, %v", len(raw), created, err)
	}
	c = mustLoad(t, Source{})
	if err := c.RequireSecret(); err != nil {
		t.Errorf("SQLite without a secret: %v", err)
	}
	if raw, created, err := c.RootSecret(); err != nil || !created || len(raw) != 32 {
		t.Errorf("a secret for SQLite: %d bytes, %t, %v", len(raw), created, err)
	}
}
