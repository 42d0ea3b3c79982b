package password

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/secret"
)

const (
	legacyPBKDF2 = "pbkdf2_sha256$1000$salt$YywoEuRtRgQQK6dhjp1tfS+BKPYma0oDJk0qBGC33LM=" // password
	legacyMD5    = "md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3"                         // lètmein
)

// Case F04: a cheaper hash of another kind is topped up to one of ours, a dearer
// one costs what it costs.
func TestCheckTopsUpForeignHashes(t *testing.T) {
	t.Parallel()
	// A thousand iterations of PBKDF2 are 275 units, four passes of 1 MiB 4096.
	ours := Parameters{MemoryKiB: 1024, Iterations: 4, Parallelism: 1}
	h := newHasher(t, Config{Parameters: ours, Workers: 1})
	for name, tt := range map[string]struct {
		encoded, plain string
		match          bool
		least, most    uint64
	}{
		"md5, wrong":         {legacyMD5, "wrong", false, 4096, 4096},
		"md5, right":         {legacyMD5, "lètmein", true, 4096, 4096},
		"bare md5, wrong":    {md5Sum, "wrong", false, 4096, 4096},
		"sha1, wrong":        {"sha1$$" + sha1Sum, "wrong", false, 4096, 4096},
		"pbkdf2, wrong":      {legacyPBKDF2, "wrong", false, 4096 - 3, 4096}, // the rest is whole KiB in each pass
		"pbkdf2, right":      {legacyPBKDF2, "password", true, 4096 - 3, 4096},
		"bcrypt, wrong":      {"$2b$04$" + bcrypt53, "wrong", false, 4096 - 3, 4096},
		"bcrypt, dearer":     {"bcrypt_sha256$$2b$06$" + bcrypt53, "wrong", false, 6080, 6080},
		"scrypt, wrong":      {scryptString(512, 8, 1), "wrong", false, 4096 - 3, 4096},
		"scrypt, dearer":     {scryptString(1024, 8, 5), "wrong", false, 20480, 20480},
		"argon2, cheaper":    {"argon2$argon2i$v=19$m=512,t=2,p=2$c2Vhc2FsdHNlYXNhbHRzZWFzYWx0MA$zbDIavuO5cQHzwC3ZxZBXg", "wrong", false, 4096, 4096},
		"pbkdf2, out of all": {pbkdf2String(1_000_000_000), "wrong", false, 4096, 4096},
	} {
		before := h.spent.Load()
		match, rehash, err := h.Check(t.Context(), tt.encoded, secret.New(tt.plain))
		if match != tt.match || rehash != tt.match || err != nil {
			t.Errorf("%s: Check = %v, %v, %v", name, match, rehash, err)
		}
		if spent := h.spent.Load() - before; spent < tt.least || spent > tt.most {
			t.Errorf("%s: cost %d, want %d to %d", name, spent, tt.least, tt.most)
		}
	}
}

// 2a, 2b and 2y name one function; a NUL is not the end of bcrypt's key (F44).
func TestBcryptByItself(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Parameters: tiny, MaxWait: time.Minute, Nice: -1})
	rest := "$04$0TsLC/.OAx9F0/eUMI.AKu1XLWHsCGQSc0zUbcDP7WbXn6X/29uve" // Django's own, cost 4
	for _, name := range []string{"$2a", "$2b", "$2y"} {
		if match, rehash, err := h.Check(t.Context(), name+rest, secret.New(djangoPlain)); !match || !rehash || err != nil {
			t.Errorf("%s: Check = %v, %v, %v, want a match to rehash", name, match, rehash, err)
		}
	}
	for _, plain := range []string{djangoPlain + "\x00", djangoPlain + "\x00" + djangoPlain, "", "\x00"} {
		if match, _, err := h.Check(t.Context(), "$2b"+rest, secret.New(plain)); match || err != nil {
			t.Errorf("Check(%q) = %v, %v, want no match", plain, match, err)
		}
	}
}

// Case K29: what a stored hash may ask for depends on the memory that there is.
func TestCheckStaysWithinTheMemoryLimit(t *testing.T) {
	t.Parallel()
	maker := newHasher(t, Config{Parameters: Parameters{MemoryKiB: 600, Iterations: 1, Parallelism: 1}, Workers: 1})
	smaller := newHasher(t, Config{Parameters: Parameters{MemoryKiB: 400, Iterations: 1, Parallelism: 1}, Workers: 1})
	beyond, large := mustHash(t, maker, "right"), mustHash(t, smaller, "right")
	h := newHasher(t, Config{Parameters: tiny, Workers: 2, MemoryLimit: 1 << 20})
	for encoded, want := range map[string]bool{beyond: false, large: true, scryptString(4096, 8, 1): false} {
		before := h.spent.Load()
		match, _, err := h.Check(t.Context(), encoded, secret.New("right"))
		if match != want || err != nil {
			t.Errorf("Check(%q) = %v, %v, want %v", encoded, match, err, want)
		}
		if spent := h.spent.Load() - before; !want && spent != tiny.work() {
			t.Errorf("Check(%q) cost %d, want %d", encoded, spent, tiny.work())
		}
	}

	// One large hash at a time; small ones do not wait for it.
	h.large.Lock()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if match, _, err := h.Check(ctx, large, secret.New("right")); match || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two large hashes at once: Check = %v, %v", match, err)
	}
	small := mustHash(t, h, "right")
	if match, _, err := h.Check(t.Context(), small, secret.New("right")); !match || err != nil {
		t.Errorf("beside a large hash: Check = %v, %v", match, err)
	}
	h.large.Unlock()
	if match, _, err := h.Check(t.Context(), large, secret.New("right")); !match || err != nil {
		t.Errorf("after a large hash: Check = %v, %v", match, err)
	}
}

// Whatever parses is within the limits and can be computed; the reason of a
// refusal holds nothing of the string.
func FuzzParse(f *testing.F) {
	for _, list := range vectors(f) {
		for _, v := range list {
			f.Add(v.Encoded)
		}
	}
	for _, list := range refused() {
		for _, encoded := range list {
			f.Add(encoded)
		}
	}
	for _, encoded := range []string{djangoPHC, djangoPHC32, phc("m=19456,t=2,p=1"), "$2y$04$" + bcrypt53, scryptString(2, 1, 1), pbkdf2String(1)} {
		f.Add(encoded)
	}
	worker := &thread{memory: new(sync.Pool), spent: new(atomic.Uint64)}
	f.Fuzz(func(t *testing.T, encoded string) {
		known, err := parse(encoded)
		got, inspected := Inspect(encoded)
		if got.Usable != (err == nil) || Usable(encoded) && (inspected == nil) != (err == nil) {
			t.Errorf("parse(%q): %v, but Inspect = %+v, %v", encoded, err, got, inspected)
		}
		if err != nil {
			if !reason.MatchString(err.Error()) {
				t.Errorf("parse(%q): %v", encoded, err)
			}
			return
		}
		if known.work() > bcryptUnits<<maxBcryptCost || known.memory() > maxMemoryKiB<<10 {
			t.Errorf("parse(%q) takes work %d and memory %d", encoded, known.work(), known.memory())
		}
		if a, is := known.(argon2Hash); is && a.check() != nil {
			t.Errorf("parse(%q) gave parameters outside of the limits: %v", encoded, a.check())
		}
		if known.work() <= bcryptUnits<<minBcryptCost && known.memory() < 1<<20 {
			known.match(worker, []byte("x"))
		}
	})
}

// BenchmarkCheck shows the relative times of the package comment, on a machine that
// does nothing else: "hashes" is the time of a refusal against that of an unknown
// user, in turn.
func BenchmarkCheck(b *testing.B) {
	h := newHasher(b, Config{Workers: 1, Nice: -1})
	for _, format := range []struct{ name, encoded string }{
		{"unknown user", ""},
		{"argon2, m=102400, t=2, p=8", djangoPHC},
		{"pbkdf2_sha256, 20000", pbkdf2String(20_000)},
		{"pbkdf2_sha256, 260000", pbkdf2String(260_000)},
		{"pbkdf2_sha256, 1000000", pbkdf2String(1_000_000)},
		{"pbkdf2_sha1, 1000000", "pbkdf2_sha1$1000000$seasalt$" + key20},
		{"bcrypt, 8", "$2b$08$" + bcrypt53},
		{"bcrypt, 12", "$2b$12$" + bcrypt53},
		{"scrypt, p=1", scryptString(1<<14, 8, 1)},
		{"scrypt, p=5", scryptString(1<<14, 8, 5)},
		{"md5", legacyMD5},
	} {
		b.Run(format.name, func(b *testing.B) {
			var unknown, known time.Duration
			for b.Loop() {
				unknown += refusal(b, h, "")
				known += refusal(b, h, format.encoded)
			}
			b.ReportMetric(float64(known)/float64(unknown), "hashes")
		})
	}
}

// refusal is the time in which a wrong password is refused.
func refusal(b *testing.B, h *Hasher, encoded string) time.Duration {
	began := time.Now()
	if match, _, err := h.Check(b.Context(), encoded, secret.New("wrong")); match || err != nil {
		b.Fatal(match, err)
	}
	return time.Since(began)
}
