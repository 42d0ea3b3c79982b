package password

import (
	"bytes"
	"fmt"
	"testing"

	"golang.org/x/crypto/argon2"
)

// The library starts goroutines and allocates; otherwise ours is the same.
func TestArgon2idIsTheLibrarys(t *testing.T) {
	t.Parallel()
	dirty := make([]block, 1100)
	for _, lanes := range []uint8{1, 2, 3, 8} {
		for _, kib := range []uint32{8, 31, 32, 100, 129, 1024, 1025} {
			for _, passes := range []uint32{1, 2, 3, 5} {
				p := Parameters{MemoryKiB: max(kib, 8*uint32(lanes)), Iterations: passes, Parallelism: lanes}
				compareWithLibrary(t, dirty, p, fmt.Appendf(nil, "pässword\x00%d", kib), []byte("0123456789abcdef"), 32)
			}
		}
	}
}

func FuzzArgon2id(f *testing.F) {
	f.Add([]byte("password"), []byte("somesalt"), uint8(1), uint8(2), uint16(64), uint8(32))
	f.Add([]byte{}, []byte{}, uint8(4), uint8(1), uint16(0), uint8(64))
	f.Add(bytes.Repeat([]byte{0xff}, 300), []byte("s"), uint8(3), uint8(3), uint16(511), uint8(65))
	dirty := make([]block, 1<<10)
	f.Fuzz(func(t *testing.T, plain, salt []byte, lanes, passes uint8, kib uint16, n uint8) {
		p := Parameters{Iterations: 1 + uint32(passes%3), Parallelism: 1 + lanes%8}
		p.MemoryKiB = 8*uint32(p.Parallelism) + uint32(kib)%960
		compareWithLibrary(t, dirty, p, plain, salt, 4+uint32(n))
	})
}

func compareWithLibrary(t *testing.T, memory []block, p Parameters, plain, salt []byte, n uint32) {
	t.Helper()
	want := argon2.IDKey(plain, salt, p.Iterations, p.MemoryKiB, p.Parallelism, n)
	if got := argon2id(memory, p, plain, salt, n); !bytes.Equal(got, want) {
		t.Errorf("argon2id(%+v, %q, %q, %d) = %x, want %x", p, plain, salt, n, got, want)
	}
}
