package password

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/secret"
)

const (
	key32    = "68bHFfqLyrGDRMAD5BthXOJZHcnELQwH+NQLiIQ4nBk="
	key20    = "BAyASqmvLj3pmWTp9hQvHbTyDDM="
	key64    = "tJYC8cxEuKsAae0G2BIfxnjhCy7RhZR5DTQTSJs5SDL741aqNCGuFGApj5i2nlXTO+qGbX9HJM1hJ7uFGP6omQ=="
	bcrypt53 = "Sn0CBI0tHVC3G.FKY/ipZubu/Sw6qRtBIZWFuCqu68dqiaQKJLeV6"
	md5Sum   = "430e1b2e10d2cea420ca423526cccad0"
	sha1Sum  = "6b1dd92e6d4f3a4e17c471ef1a824abee9b2da0a"
)

func pbkdf2String(iterations int) string {
	return fmt.Sprintf("pbkdf2_sha256$%d$seasaltseasalt0123456$%s", iterations, key32)
}

func scryptString(n, r, p int) string {
	return fmt.Sprintf("scrypt$%d$seasaltseasalt0123456$%d$%d$%s", n, r, p, key64)
}

// Every default that Django has had, and what OWASP and common settings ask for,
// is within the limits.
func TestInspectTakesWhatDjangoWrites(t *testing.T) {
	t.Parallel()
	good := []string{
		scryptString(1<<14, 8, 1), scryptString(1<<14, 8, 5), scryptString(1<<17, 8, 1), scryptString(1<<16, 8, 2), scryptString(1<<13, 8, 10),
		"argon2$" + phc("m=512,t=2,p=2")[1:], "argon2$" + phc("m=102400,t=2,p=8")[1:], phc("m=65536,t=3,p=4"), phc("m=47104,t=1,p=1"),
		"pbkdf2_sha1$1800000$seasalt$" + key20, "bcrypt_sha256$$2b$13$" + bcrypt53, "bcrypt$$2b$12$" + bcrypt53,
		"$2a$10$" + bcrypt53, "$2b$14$" + bcrypt53, "$2y$04$" + bcrypt53,
		"md5$a b:;+é$" + md5Sum, "md5$$" + md5Sum, md5Sum, "sha1$seasalt$" + sha1Sum, "sha1$$" + sha1Sum,
		"md5$" + strings.Repeat("é", 255-37) + "$" + md5Sum,
	}
	for _, iterations := range []int{1, 10_000, 12_000, 15_000, 20_000, 24_000, 30_000, 36_000, 100_000, 120_000, 150_000, 180_000, 216_000,
		260_000, 320_000, 390_000, 600_000, 720_000, 870_000, 1_000_000, 1_200_000, 1_500_000, 1_800_000, maxPBKDF2Iterations} {
		good = append(good, pbkdf2String(iterations))
	}
	for _, encoded := range good {
		if got, err := Inspect(encoded); !got.Usable || got.Scheme == "" || err != nil {
			t.Errorf("Inspect(%q) = %+v, %v", encoded, got, err)
		}
	}
	for _, encoded := range []string{"", "!", Unusable(), "!nTabMQ6IvweMsszJKfKWZa2FGFoyhCKxHghfz9xk", "!" + pbkdf2String(1)} {
		if got, err := Inspect(encoded); got != (Inspection{}) || err != nil {
			t.Errorf("Inspect(%q) = %+v, %v, want an unusable password", encoded, got, err)
		}
	}
}

func TestInspectKnowsTheWeak(t *testing.T) {
	t.Parallel()
	for encoded, want := range map[string]Inspection{
		phc("m=19456,t=2,p=1"):              {Scheme: "argon2id"},
		"argon2" + phc("m=19456,t=2,p=1"):   {Scheme: "argon2"},
		pbkdf2String(1000):                  {Scheme: "pbkdf2_sha256"},
		"pbkdf2_sha1$1000$seasalt$" + key20: {Scheme: "pbkdf2_sha1"},
		scryptString(2, 1, 1):               {Scheme: "scrypt"},
		"bcrypt_sha256$$2b$12$" + bcrypt53:  {Scheme: "bcrypt_sha256"},
		"bcrypt$$2b$12$" + bcrypt53:         {Scheme: "bcrypt", Weak: true},
		"$2y$12$" + bcrypt53:                {Scheme: "bcrypt", Weak: true},
		"md5$seasalt$" + md5Sum:             {Scheme: "md5", Weak: true},
		"md5$$" + md5Sum:                    {Scheme: "md5", Weak: true},
		md5Sum:                              {Scheme: "md5", Weak: true},
		"sha1$seasalt$" + sha1Sum:           {Scheme: "sha1", Weak: true},
		"sha1$$" + sha1Sum:                  {Scheme: "sha1", Weak: true},
	} {
		want.Usable = true
		if got, err := Inspect(encoded); got != want || err != nil {
			t.Errorf("Inspect(%q) = %+v, %v, want %+v", encoded, got, err, want)
		}
	}
}

// refused are strings that are no password, by the beginning of the reason.
func refused() map[string][]string {
	return map[string][]string{
		"unknown format": {
			"password", "foo$1$a$b", "crypt$$abprj99vCww4M", md5Sum[1:], md5Sum + "0", strings.ToUpper(md5Sum), sha1Sum, "$", "$$$$$", "$1$seasalt$x",
			"PBKDF2_SHA256$1$seasalt$" + key32, " " + pbkdf2String(1), "pbkdf2_sha256", "\ufeff" + md5Sum,
		},
		// Case K29, for each format: one step beyond each limit, and far beyond.
		"costs out of range": {
			pbkdf2String(0), pbkdf2String(maxPBKDF2Iterations + 1), pbkdf2String(1_000_000_000),
			"pbkdf2_sha1$5000001$seasalt$" + key20, "pbkdf2_sha256$99999999999999999999999$seasalt$" + key32,
			phc("m=4194304,t=1,p=1"), "argon2" + phc("m=4194304,t=1,p=1"), "argon2" + phc("m=262145,t=1,p=1"), phc("m=262144,t=5,p=1"),
			phc("m=8,t=65,p=1"), phc("m=4294967304,t=1,p=1"), phc("m=8,t=99999999999999999999999,p=1"), phc("m=19456,t=2,p=257"),
			scryptString(1, 8, 1), scryptString(0, 8, 1), scryptString(1<<14, 0, 1), scryptString(1<<14, 8, 0), scryptString(1<<18, 8, 2),
			scryptString(1<<14, 8, 17), scryptString(1<<19, 8, 1), scryptString(1<<21, 1, 1), scryptString(2, 65, 1), scryptString(2, 1, 65),
			scryptString(1<<62, 1<<30, 1<<30),
			"bcrypt$$2b$15$" + bcrypt53, "bcrypt_sha256$$2b$31$" + bcrypt53, "$2b$99$" + bcrypt53, "$2a$03$" + bcrypt53, "$2y$00$" + bcrypt53,
		},
		"malformed": {
			"pbkdf2_sha256$abc", "pbkdf2_sha256$", "pbkdf2_sha256$1$seasalt", "pbkdf2_sha256$1$$" + key32, "pbkdf2_sha256$1$a$b$" + key32,
			"pbkdf2_sha256$01$seasalt$" + key32, "pbkdf2_sha256$+1$seasalt$" + key32, "pbkdf2_sha256$-1$seasalt$" + key32,
			"pbkdf2_sha256$1_000$seasalt$" + key32, "pbkdf2_sha256$$seasalt$" + key32, "pbkdf2_sha256$1e3$seasalt$" + key32,
			"pbkdf2_sha256$1$seasalt$" + key20, "pbkdf2_sha1$1$seasalt$" + key32, "pbkdf2_sha256$1$seasalt$" + key32[:43], "pbkdf2_sha256$1$seasalt$",
			pbkdf2String(1) + "\n", "pbkdf2_sha256$1$seasalt$" + key32[:9] + "\n" + key32[9:], "pbkdf2_sha256$1$seasalt$" + key32[:42] + "l=",
			"scrypt$16384$seasalt$8$1", "scrypt$16384$$8$1$" + key64, "scrypt$16384$seasalt$8$1$" + key32, scryptString(16383, 8, 1),
			"scrypt$x$seasalt$8$1$" + key64, "scrypt$16384$seasalt$8$1.0$" + key64,
			"bcrypt$" + bcrypt53, "bcrypt$", "bcrypt$2b$12$" + bcrypt53, "bcrypt$$2x$12$" + bcrypt53, "$2$12$" + bcrypt53, "$2b$1$" + bcrypt53,
			"$2b$12$" + bcrypt53 + "x", "$2b$12$" + bcrypt53[:52], "$2b$+4$" + bcrypt53, "$2b$ 4$" + bcrypt53, "$2b$12$" + bcrypt53[:30] + "!" + bcrypt53[31:],
			"bcrypt_sha256$bcrypt$$2b$12$" + bcrypt53, "$2b$12x" + bcrypt53,
			"md5$seasalt", "md5$", "md5$seasalt$" + strings.ToUpper(md5Sum), "md5$seasalt$" + md5Sum[:31] + "g", "md5$seasalt$" + sha1Sum,
			"md5$a$b$" + md5Sum, "sha1$seasalt$" + md5Sum, "sha1$$", "sha1$seasalt$" + sha1Sum + "00",
			"argon2$argon2x" + phc("m=8,t=1,p=1")[9:], "argon2$", "$argon2id$", "$argon2i$v=19$m=8", phc("m=8,t=1,p=1,data=x"), phc("m=-8,t=1,p=1"),
			"md5$" + strings.Repeat("é", 256-37) + "$" + md5Sum, strings.Repeat("x", 256), "!" + strings.Repeat("x", 255), strings.Repeat("\U0001f600", 10_000),
			"md5$\xff$" + md5Sum, "md5$nul\x00$" + md5Sum, "!\xff", "!\x00",
		},
	}
}

// An error has one of three beginnings behind the name of the format, and nothing
// but numbers of what was read.
var reason = regexp.MustCompile(`^([a-z0-9_]+: )?(unknown format$|malformed: [a-zA-Z0-9$, ]+$|costs out of range: [a-zA-Z0-9·, ]+$)`)

func TestInspectSaysWhy(t *testing.T) {
	t.Parallel()
	for want, list := range refused() {
		for _, encoded := range list {
			got, err := Inspect(encoded)
			if err == nil || got != (Inspection{}) {
				t.Errorf("Inspect(%q) = %+v, %v, want %s", encoded, got, err, want)
				continue
			}
			if _, err2 := parse(encoded); err2 == nil {
				t.Errorf("parse(%q) takes what Inspect refuses", encoded)
			}
			if found := reason.FindStringSubmatch(err.Error()); found == nil || !strings.HasPrefix(found[2], want) {
				t.Errorf("Inspect(%q): %v, want %s", encoded, err, want)
			}
		}
	}
}

// Whatever was stored: nothing matches, nothing fails, and it costs one hash.
func TestCheckOfWhatInspectRefuses(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Parameters: tiny, Workers: 1})
	for _, list := range refused() {
		for _, encoded := range list {
			before := h.spent.Load()
			match, rehash, err := h.Check(t.Context(), encoded, secret.New(encoded[:min(len(encoded), MaxBytes)]))
			if match || rehash || err != nil {
				t.Errorf("Check(%q) = %v, %v, %v", encoded, match, rehash, err)
			}
			if spent := h.spent.Load() - before; spent != tiny.work() {
				t.Errorf("Check(%q) cost %d, want %d", encoded, spent, tiny.work())
			}
		}
	}
}
