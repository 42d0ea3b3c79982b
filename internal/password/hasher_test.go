package password

import (
	"errors"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/secret"
)

// tiny are costs that a test can afford many times.
var tiny = Parameters{MemoryKiB: 64, Iterations: 2, Parallelism: 1}

func newHasher(t testing.TB, cfg Config) *Hasher {
	t.Helper()
	h, err := NewHasher(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func mustHash(t *testing.T, h *Hasher, plain string) string {
	t.Helper()
	encoded, err := h.Hash(t.Context(), secret.New(plain))
	if err != nil {
		t.Fatalf("Hash(%q): %v", plain, err)
	}
	return encoded
}

func TestHashAndCheck(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Parameters: tiny})
	long := strings.Repeat("a", 72)
	for _, tt := range []struct{ name, plain, other string }{
		{"plain", "correct horse", "correct horsf"},
		{"empty", "", " "},
		{"spaces count (F38)", " padded ", "padded"},
		{"NUL counts (F44)", "nul\x00tail", "nul\x00"},
		{"byte 73 counts (F44)", long + "b", long + "c"},
		{"case counts (F46)", "Straße", "strasse"},
		{"spellings of one letter differ", "café-au-lait", "cafe\u0301-au-lait"},
		{"any bytes", "\xff\xfe", "\xff\xff"},
		{"256 code points (F36)", strings.Repeat("ж", 256), strings.Repeat("ж", 255)},
		{"1024 bytes (F36)", strings.Repeat("x", MaxBytes), strings.Repeat("x", MaxBytes-1)},
	} {
		encoded := mustHash(t, h, tt.plain)
		if !strings.HasPrefix(encoded, "$argon2id$v=19$m=64,t=2,p=1$") || strings.Contains(encoded, "=$") {
			t.Errorf("%s: Hash = %q", tt.name, encoded)
		}
		if match, rehash, err := h.Check(t.Context(), encoded, secret.New(tt.plain)); !match || rehash || err != nil {
			t.Errorf("%s: Check = %v, %v, %v, want a match", tt.name, match, rehash, err)
		}
		if match, _, err := h.Check(t.Context(), encoded, secret.New(tt.other)); match || err != nil {
			t.Errorf("%s: Check(%q) = %v, %v, want no match", tt.name, tt.other, match, err)
		}
		if again := mustHash(t, h, tt.plain); again == encoded {
			t.Errorf("%s: two hashes have the same salt", tt.name)
		}
	}
}

func TestDefaultFormat(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Workers: 1})
	encoded := mustHash(t, h, "correct horse")
	salt, tag, _ := strings.Cut(strings.TrimPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$"), "$")
	if len(salt) != 22 || len(tag) != 43 {
		t.Errorf("Hash = %q, want 16 bytes of salt and 32 of tag", encoded)
	}
}

// A hash that Django made matches, and is to be written anew.
func TestCheckDjangosArgon2(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Workers: 1})
	if match, rehash, err := h.Check(t.Context(), djangoPHC, secret.New(djangoPlain)); !match || !rehash || err != nil {
		t.Errorf("Check = %v, %v, %v, want a match to rehash", match, rehash, err)
	}
	if match, rehash, _ := h.Check(t.Context(), djangoPHC32, secret.New(djangoPlain+"x")); match || rehash {
		t.Error("another password matched")
	}
}

// Cases F01, F02, F03, F04: every refusal costs the same work.
func TestCheckCostsTheSame(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Parameters: tiny, Workers: 1})
	cheap := newHasher(t, Config{Parameters: Parameters{MemoryKiB: 16, Iterations: 1, Parallelism: 1}, Workers: 1})
	current := mustHash(t, h, "right")
	spent := func(encoded, plain string) (uint64, bool) {
		before := h.spent.Load()
		match, rehash, err := h.Check(t.Context(), encoded, secret.New(plain))
		if err != nil || (rehash && !match) {
			t.Errorf("Check(%q) = %v, %v, %v", encoded, match, rehash, err)
		}
		return h.spent.Load() - before, match
	}
	for name, encoded := range map[string]string{
		"wrong password (F01)":      current,
		"no such user (F01)":        "",
		"unusable (F02)":            Unusable(),
		"unusable, the bare mark":   "!",
		"unusable, hash behind it":  "!" + current,
		"unknown format":            "md5$seasalt$430e1b2e10d2cea420ca423526cccad0",
		"malformed":                 "$argon2id$v=19$m=64",
		"absurd costs (K29)":        phc("m=4194304,t=1000000,p=1"),
		"cheaper parameters (F04)":  mustHash(t, cheap, "right"),
		"as long as a string can …": strings.Repeat("x", 10_000),
	} {
		if work, match := spent(encoded, "wrong"); work != tiny.work() || match {
			t.Errorf("%s: work %d, match %v; want %d and no match", name, work, match, tiny.work())
		}
	}
	if work, match := spent(current, "right"); work != tiny.work() || !match {
		t.Errorf("right password: work %d, match %v; want %d and a match", work, match, tiny.work())
	}
}

// Case F36: refused before hashing, whoever it is.
func TestTooLong(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Parameters: tiny, Workers: 1})
	known := mustHash(t, h, "right")
	before := h.spent.Load()
	plain := secret.New(strings.Repeat("é", MaxBytes/2) + "x")
	if !TooLong(plain) || TooLong(secret.New(strings.Repeat("x", MaxBytes))) {
		t.Error("TooLong is wrong")
	}
	if _, err := h.Hash(t.Context(), plain); !errors.Is(err, ErrTooLong) || fault.KindOf(err) != fault.Invalid {
		t.Errorf("Hash = %v, want ErrTooLong", err)
	}
	for _, encoded := range []string{"", known, Unusable()} {
		if match, _, err := h.Check(t.Context(), encoded, plain); match || !errors.Is(err, ErrTooLong) {
			t.Errorf("Check(%q) = %v, %v, want ErrTooLong", encoded, match, err)
		}
	}
	if spent := h.spent.Load() - before; spent != 0 {
		t.Errorf("too long passwords cost %d", spent)
	}
}

// Case K30: parameters that cannot fit are refused at the start.
func TestNewHasherRefuses(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"less than 8 blocks":   {Parameters: Parameters{MemoryKiB: 7, Iterations: 1, Parallelism: 1}},
		"no passes":            {Parameters: Parameters{MemoryKiB: 64, Parallelism: 1}},
		"no lanes":             {Parameters: Parameters{MemoryKiB: 64, Iterations: 1}},
		"4 GiB":                {Parameters: Parameters{MemoryKiB: 4 << 20, Iterations: 1, Parallelism: 1}},
		"all ones":             {Parameters: Parameters{math.MaxUint32, math.MaxUint32, math.MaxUint8}},
		"beyond the limit":     {MemoryLimit: 4*19456<<10 - 1},
		"two beyond the limit": {MemoryLimit: 4 * 19456 << 10, Workers: 2},
		"negative workers":     {Workers: -1},
		"negative queue":       {Queue: -1},
		"negative wait":        {MaxWait: -time.Second},
		"nice 20":              {Nice: 20},
	} {
		if h, err := NewHasher(cfg); err == nil {
			h.Close()
			t.Errorf("%s: NewHasher took it", name)
		}
	}
}

func TestNewHasherChoosesWorkers(t *testing.T) {
	t.Parallel()
	if h := newHasher(t, Config{MemoryLimit: 4 * 19456 << 10}); h.Workers() != 1 {
		t.Errorf("with memory for one hash there are %d workers", h.Workers())
	}
	want := cores()
	if runtime.GOOS != "linux" {
		want = max(1, want-1)
	}
	if h := newHasher(t, Config{}); h.Workers() != want || h.Parameters() != DefaultParameters() {
		t.Errorf("by default there are %d workers with %+v, want %d", h.Workers(), h.Parameters(), want)
	}
	if h := newHasher(t, Config{Nice: -1}); h.Workers() != max(1, cores()-1) {
		t.Errorf("without a priority there are %d workers", h.Workers())
	}
	for cores, want := range map[int]int{1: 1, 2: 1, 8: 7} {
		if got := defaultWorkers(cores, false); got != want {
			t.Errorf("defaultWorkers(%d, false) = %d, want %d", cores, got, want)
		}
	}
	if got := RecommendedProcs(2); got != 2+cores() {
		t.Errorf("RecommendedProcs(2) = %d", got)
	}
}

func TestHasherFromManySides(t *testing.T) {
	t.Parallel()
	h := newHasher(t, Config{Parameters: tiny, Workers: 2, Queue: 64, MaxWait: time.Minute})
	other := newHasher(t, Config{Parameters: Parameters{MemoryKiB: 128, Iterations: 1, Parallelism: 4}})
	right, larger := mustHash(t, h, "right"), mustHash(t, other, "right")
	var callers sync.WaitGroup
	for i := range 32 {
		callers.Go(func() {
			encoded, plain := right, "right"
			if i%2 == 0 {
				encoded = larger
			}
			if i%3 == 0 {
				plain = "wrong"
			}
			match, rehash, err := h.Check(t.Context(), encoded, secret.New(plain))
			if err != nil || match != (plain == "right") || rehash != (match && encoded == larger) {
				t.Errorf("caller %d: Check = %v, %v, %v", i, match, rehash, err)
			}
		})
	}
	callers.Wait()
	if queued, busy := h.Stats(); queued != 0 || busy != 0 {
		t.Errorf("Stats = %d, %d at the end", queued, busy)
	}
	h.Close()
	if _, err := h.Hash(t.Context(), secret.New("late")); !errors.Is(err, ErrBusy) {
		t.Errorf("Hash after Close = %v, want ErrBusy", err)
	}
}
