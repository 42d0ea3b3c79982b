package config

import (
	"slices"
	"strings"
	"testing"
)

// rules has in each row one environment and what its only problem says; an empty
// problem means that it loads.
var rules = []struct {
	name    string
	environ []string
	problem string
}{
	{"listen every interface", []string{"LISTEN=:8000"}, ""},
	{"listen IPv6", []string{"LISTEN=[::1]:8000"}, ""},
	{"listen without port", []string{"LISTEN=localhost"}, "COUNTERSIGN_LISTEN: \"localhost\" is not host:port"},
	{"listen port name", []string{"LISTEN=localhost:http"}, "COUNTERSIGN_LISTEN:"},
	{"listen port too large", []string{"LISTEN=localhost:65536"}, "COUNTERSIGN_LISTEN:"},
	{"listen port signed", []string{"LISTEN=localhost:+80"}, "COUNTERSIGN_LISTEN:"},
	{"data dir empty", []string{"DATA_DIR="}, "COUNTERSIGN_DATA_DIR: is empty"},
	{"postgres", []string{"DATABASE_URL=postgres://u:p@db/x"}, ""},
	{"postgres socket", []string{"DATABASE_URL=postgresql:///x?host=/run/pg"}, ""},
	{"mariadb", []string{"DATABASE_URL=mariadb://u:p@db:3306/x"}, ""},
	{"database kind", []string{"DATABASE_URL=oracle:x"}, "want sqlite:PATH, postgres://… or mysql://…"},
	{"database without kind", []string{"DATABASE_URL=x.db"}, "want sqlite:PATH"},
	{"sqlite without path", []string{"DATABASE_URL=sqlite:"}, "names no file"},
	{"mysql without host", []string{"DATABASE_URL=mysql:///x"}, "names no host"},
	{"database empty", []string{"DATABASE_URL="}, "COUNTERSIGN_DATABASE_URL: is empty"},
	{"max conns", []string{"DATABASE_MAX_CONNS=0"}, "0 is out of range: from 1 to 1000"},
	{"migrate", []string{"MIGRATE_ON_START=never"}, "\"never\" is not one of auto, true, false"},
	{"public url", []string{"PUBLIC_URL=auth.example.com"}, "COUNTERSIGN_PUBLIC_URL: is not a URL"},
	{"public url space", []string{"PUBLIC_URL=https://a b"}, "COUNTERSIGN_PUBLIC_URL: is not a URL"},
	{"public url user", []string{"PUBLIC_URL=https://a:b@example.com"}, "holds a user name"},
	{"public url query", []string{"PUBLIC_URL=https://example.com/?a"}, "query or a fragment"},
	{"public url path", []string{"PUBLIC_URL=https://example.com/auth"}, ""},
	{"issuer no URI", []string{"ISSUER=my:1 2"}, "COUNTERSIGN_ISSUER:"},
	{"issuer plain", []string{"ISSUER=accounts"}, ""},
	{"audience list", []string{"AUDIENCE=a, https://b.example.com"}, ""},
	{"audience hole", []string{"AUDIENCE=a,,b"}, "COUNTERSIGN_AUDIENCE: has an empty item"},
	{"audience space", []string{"AUDIENCE=a b"}, "COUNTERSIGN_AUDIENCE: has a name with a space"},
	{"cors wildcard", []string{"CORS_ORIGINS=*"}, "no wildcards"},
	{"cors wildcard host", []string{"CORS_ORIGINS=https://*.example.com"}, "no wildcards"},
	{"cors null", []string{"CORS_ORIGINS=null"}, "not an origin"},
	{"cors slash", []string{"CORS_ORIGINS=https://a.example.com/"}, "write \"https://a.example.com\""},
	{"cors case", []string{"CORS_ORIGINS=https://A.example.com"}, "write \"https://a.example.com\""},
	{"cors default port", []string{"CORS_ORIGINS=https://a.example.com:443"}, "write \"https://a.example.com\""},
	{"cors punycode", []string{"CORS_ORIGINS=https://bücher.example"}, "punycode"},
	{"cors port", []string{"CORS_ORIGINS=http://localhost:3000, https://a.example.com"}, ""},
	{"cors empty", []string{"CORS_ORIGINS="}, ""},
	{"proxies", []string{"TRUSTED_PROXIES=10.0.0.0/8, 192.168.1.7, ::1, fd00::/8"}, ""},
	{"proxies host bits", []string{"TRUSTED_PROXIES=10.1.2.3/8"}, "write 10.0.0.0/8"},
	{"proxies name", []string{"TRUSTED_PROXIES=proxy"}, "neither an address nor a network"},
	{"proxies mapped", []string{"TRUSTED_PROXIES=::ffff:10.0.0.0/104"}, "write it as IPv4"},
	{"tls half", []string{"TLS_CERT=a.pem"}, "COUNTERSIGN_TLS_CERT: is given without COUNTERSIGN_TLS_KEY"},
	{"tls other half", []string{"TLS_KEY=a.pem"}, "COUNTERSIGN_TLS_KEY: is given without COUNTERSIGN_TLS_CERT"},
	{"tls both", []string{"TLS_KEY=a.pem", "TLS_CERT=b.pem"}, ""},
	{"algorithm", []string{"ALGORITHM=none"}, "COUNTERSIGN_ALGORITHM: \"none\" is not one of ES256"},
	{"algorithm case", []string{"ALGORITHM=es256"}, "COUNTERSIGN_ALGORITHM:"},
	{"HS256 without secret", []string{"ALGORITHM=HS256"}, "set COUNTERSIGN_SIGNING_SECRET or COUNTERSIGN_SIGNING_SECRET_FILE"},
	{"preset without secret", []string{"PRESET=simplejwt"}, "algorithm (preset simplejwt): HS256 needs"},
	{"signing secret unused", []string{"SIGNING_SECRET=" + goodSigning}, ""},
	{"signing secret unused and short", []string{"SIGNING_SECRET=short"}, ""},
	{"HS384 without secret", []string{"ALGORITHM=HS384"}, "COUNTERSIGN_ALGORITHM: HS384 needs the secret"},
	{"HS512 secret 32 bytes", []string{"ALGORITHM=HS512", "SIGNING_SECRET=" + goodSigning[:32]}, ""},
	{"HS512 secret short", []string{"ALGORITHM=HS512", "SIGNING_SECRET=" + goodSigning[:31]}, "has 31 bytes"},
	{"ES512", []string{"ALGORITHM=ES512"}, ""},
	{"leeway", []string{"LEEWAY=30s"}, ""},
	{"leeway more", []string{"LEEWAY=31s"}, "out of range: from 0s to 30s"},
	{"leeway negative", []string{"LEEWAY=-1s"}, "out of range"},
	{"throttle", []string{"THROTTLE=2/min"}, ""},
	{"throttle month", []string{"THROTTLE=2/month"}, "COUNTERSIGN_THROTTLE: \"2/month\" is not a number of requests"},
	{"throttle zero", []string{"THROTTLE=0/min"}, "COUNTERSIGN_THROTTLE"},
	{"throttle many", []string{"THROTTLE=100001/day"}, "is more than 100000 requests"},
	{"throttle half", []string{"THROTTLE=5"}, "write it as"},
	{"hosts", []string{"ALLOWED_HOSTS=auth.example.com, .Example.com, *, [::1], 127.0.0.1"}, ""},
	{"hosts star", []string{"ALLOWED_HOSTS=*.example.com"}, "write \".example.com\""},
	{"hosts port", []string{"ALLOWED_HOSTS=example.com:8000"}, "has a port"},
	{"hosts URL", []string{"ALLOWED_HOSTS=https://example.com"}, "is a URL"},
	{"hosts dot at the end", []string{"ALLOWED_HOSTS=example.com."}, "is not the name of a host"},
	{"hosts IPv6", []string{"ALLOWED_HOSTS=[127.0.0.1]"}, "is not an IPv6 address"},
	{"signing secret short", []string{"ALGORITHM=HS256", "SIGNING_SECRET=" + goodSigning[:31]}, "has 31 bytes"},
	{"signing secret 32 bytes", []string{"ALGORITHM=HS256", "SIGNING_SECRET=" + goodSigning[:32]}, ""},
	{"signing secret same", []string{"ALGORITHM=HS256", "SIGNING_SECRET=" + strings.Repeat("ab", 30)}, "can be guessed"},
	{"signing secret sample", []string{"ALGORITHM=HS256", "SIGNING_SECRET=a-string-secret-at-least-256-bits-long"}, "was published"},
	{"signing secret change me", []string{"ALGORITHM=HS256", "SIGNING_SECRET=please-CHANGE-me-please-change-me-1234567"}, "was published"},
	{"one secret for both", []string{"ALGORITHM=HS256", "SECRET=" + goodSecret, "SIGNING_SECRET=" + goodSecret}, "is the instance secret"},
	{"secret", []string{"SECRET=" + goodSecret}, ""},
	{"secret empty", []string{"SECRET="}, "COUNTERSIGN_SECRET: is empty"}, // H03
	{"secret short", []string{"SECRET=q83vEjRWeJA="}, "COUNTERSIGN_SECRET: has 8 bytes"},
	{"duration days", []string{"REFRESH_LIFETIME=60d"}, ""},
	{"duration number", []string{"ACCESS_LIFETIME=300"}, "\"300\" is not a duration"},
	{"duration zero", []string{"ACCESS_LIFETIME=0s"}, "out of range: from 1s to 30d"},
	{"duration negative", []string{"ACCESS_LIFETIME=-5m"}, "out of range"},
	{"duration fraction", []string{"ACCESS_LIFETIME=1500ms"}, "not whole seconds"},
	{"grace zero is strict", []string{"REFRESH_GRACE=0s"}, ""},
	{"grace most", []string{"REFRESH_GRACE=300s"}, ""},
	{"grace more", []string{"REFRESH_GRACE=301s"}, "out of range: from 0s to 300s"},
	{"idle longer", []string{"REFRESH_IDLE_LIFETIME=31d"}, "31d is longer than refresh_lifetime (default), which is 30d"},
	{"access longer", []string{"ACCESS_LIFETIME=2h", "REFRESH_LIFETIME=1h"}, "COUNTERSIGN_ACCESS_LIFETIME: 2h is longer than COUNTERSIGN_REFRESH_LIFETIME, which is 1h"},
	{"poll", []string{"REVOCATION_POLL=1s"}, "out of range"},
	{"retention", []string{"EVENT_RETENTION=30d"}, ""},
	{"retention for ever", []string{"EVENT_RETENTION=0s"}, ""},
	{"retention short", []string{"EVENT_RETENTION=719h59m"}, "COUNTERSIGN_EVENT_RETENTION: 719h59m is less than 30d"},
	{"retention tiny", []string{"EVENT_RETENTION=1ms"}, "is less than 30d"},
	{"retention negative", []string{"EVENT_RETENTION=-30d"}, "is not a duration"},
	{"boolean", []string{"ROTATE_REFRESH=maybe"}, "\"maybe\" is not true or false"},
	{"number", []string{"HASH_QUEUE=1e3"}, "\"1e3\" is not a whole number"},
	{"password length", []string{"PASSWORD_MIN_LENGTH=7"}, "from 8 to 128"},
	{"password score", []string{"PASSWORD_MIN_SCORE=5"}, "from 0 to 4"},
	{"memory for lanes", []string{"HASH_MEMORY_KIB=64", "HASH_PARALLELISM=8"}, ""},
	{"log level", []string{"LOG_LEVEL=loud"}, "not one of debug, info, warn, error"},
	{"registration", []string{"REGISTRATION=no"}, "not one of open, closed"},
	{"ids", []string{"IDS=ulid"}, "not one of uuid, integer"},
	{"token type", []string{"TOKEN_TYPE_HEADER=at+jwt"}, ""},
}

// Every value that is wrong is refused, with its name and the reason; so is a secret
// that is empty, short, guessable or published (case H03).
func TestRules(t *testing.T) {
	t.Parallel()
	for _, test := range rules {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			environ := slices.Clone(test.environ)
			for i := range environ {
				environ[i] = envPrefix + environ[i]
			}
			_, err := load(t, Source{Environ: environ})
			switch {
			case test.problem == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.problem != "" && err == nil:
				t.Errorf("loaded, want %q", test.problem)
			case test.problem != "":
				if got := problems(t, err); len(got) != 1 || !strings.Contains(got[0], test.problem) {
					t.Errorf("problems = %q, want one with %q", got, test.problem)
				}
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "countersign.toml", "ids = \"x\"\nhash_queue = 1.5\nlisten = []\nsign_in_by_email = 2024-01-01\n[data_dir]\n")
	_, err := load(t, Source{WorkDir: dir, Environ: []string{"COUNTERSIGN_LISTN=x", "COUNTERSIGN_ACCESS_LIFETIME=x\ny"}, Flags: map[string]string{"log-level": "x"}})
	got := problems(t, err)
	want := []string{"COUNTERSIGN_LISTN", "countersign.toml: listen", "countersign.toml: data_dir", "COUNTERSIGN_ACCESS_LIFETIME",
		"countersign.toml: ids", "countersign.toml: sign_in_by_email", "countersign.toml: hash_queue", "--log-level"}
	if len(got) != len(want) {
		t.Fatalf("%d problems, want %d:\n%s", len(got), len(want), err)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]+": ") || strings.Contains(got[i], "\n") {
			t.Errorf("problem %d is %q, want one line for %s", i, got[i], want[i])
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ setting, warning string }{
		"every interface": {"LISTEN=0.0.0.0:8000", "public_url (default): is not set"},
		"clear text":      {"PUBLIC_URL=http://auth.example.com", "COUNTERSIGN_PUBLIC_URL: is http"},
		"long access":     {"ACCESS_LIFETIME=1d", "COUNTERSIGN_ACCESS_LIFETIME: is more than an hour"},
		"trust everyone":  {"TRUSTED_PROXIES=0.0.0.0/0", "COUNTERSIGN_TRUSTED_PROXIES: trusts everyone"},
		"cheap hashes":    {"HASH_MEMORY_KIB=1024", "COUNTERSIGN_HASH_MEMORY_KIB: password hashes are cheaper"},
		"unused secret":   {"SIGNING_SECRET=" + goodSigning, "COUNTERSIGN_SIGNING_SECRET: is not used: the algorithm is ES256"},
	} {
		c := mustLoad(t, Source{Environ: []string{envPrefix + test.setting}})
		if len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], test.warning) {
			t.Errorf("%s: warnings %q, want %q", name, c.Warnings, test.warning)
		}
	}
	c := mustLoad(t, Source{Flags: map[string]string{"database-url": "postgres://u:canary-7f3a@db/x"}})
	if len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], "--database-url: holds a password") || strings.Contains(c.Warnings[0], "canary") {
		t.Errorf("warnings %q", c.Warnings)
	}
}

func TestPublicURLFollowsListen(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string][2]string{
		"127.0.0.1:8000":   {"http://127.0.0.1:8000", "https://127.0.0.1:8000"},
		"0.0.0.0:8000":     {"http://localhost:8000", "https://localhost:8000"},
		"[::]:443":         {"http://localhost:443", "https://localhost"},
		":80":              {"http://localhost", "https://localhost:80"},
		"[::1]:80":         {"http://[::1]", "https://[::1]:80"},
		"auth.example:444": {"http://auth.example:444", "https://auth.example:444"},
		"nothing":          {"", ""},
	} {
		if got := [2]string{publicURL(listen, false), publicURL(listen, true)}; got != want {
			t.Errorf("publicURL(%s) = %q, want %q", listen, got, want)
		}
	}
}
