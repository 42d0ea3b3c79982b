package password

import (
	"bytes"
	"fmt"
	"testing"

	"golang.org/x/crypto/argon2"
)

// The library starts goroutines and allocates; otherwise ours is the same.
func TestArgon2IsTheLibrarys(t *testing.T) {
	t.Parallel()
	dirty := make([]block, 1100)
	for _, lanes := range []uint8{1, 2, 3, 8} {
		for _, kib := range []uint32{8, 31, 32, 100, 129, 1024, 1025} {
			for _, passes := range []uint32{1, 2, 3, 5} {
				p := Parameters{MemoryKiB: max(kib, 8*uint32(lanes)), Iterations: passes, Parallelism: lanes}
				compareWithLibrary(t, dirty, argon2Input{
					Parameters: p, plain: fmt.Appendf(nil, "pässword\x00%d", kib), salt: []byte("0123456789abcdef"), size: 32,
				})
			}
		}
	}
}

func FuzzArgon2(f *testing.F) {
	f.Add([]byte("password"), []byte("somesalt"), uint8(1), uint8(2), uint16(64), uint8(32))
	f.Add([]byte{}, []byte{}, uint8(4), uint8(1), uint16(0), uint8(64))
	f.Add(bytes.Repeat([]byte{0xff}, 300), []byte("s"), uint8(3), uint8(3), uint16(511), uint8(65))
	dirty := make([]block, 1<<10)
	f.Fuzz(func(t *testing.T, plain, salt []byte, lanes, passes uint8, kib uint16, n uint8) {
		p := Parameters{Iterations: 1 + uint32(passes%3), Parallelism: 1 + lanes%8}
		p.MemoryKiB = 8*uint32(p.Parallelism) + uint32(kib)%960
		compareWithLibrary(t, dirty, argon2Input{Parameters: p, plain: plain, salt: salt, size: 4 + uint32(n)})
	})
}

func compareWithLibrary(t *testing.T, memory []block, in argon2Input) {
	t.Helper()
	want := argon2.IDKey(in.plain, in.salt, in.Iterations, in.MemoryKiB, in.Parallelism, in.size)
	in.variant = current()
	if got := argon2Tag(memory, in); !bytes.Equal(got, want) {
		t.Errorf("argon2id of %+v = %x, want %x", in, got, want)
	}
	want = argon2.Key(in.plain, in.salt, in.Iterations, in.MemoryKiB, in.Parallelism, in.size)
	in.kind = typeI
	if got := argon2Tag(memory, in); !bytes.Equal(got, want) {
		t.Errorf("argon2i of %+v = %x, want %x", in, got, want)
	}
}
