package password

import (
	"encoding/binary"
	"fmt"
	"math"

	"golang.org/x/crypto/blake2b"
)

// This file is argon2id version 0x13 (RFC 9106, section 3) on the calling thread,
// over memory that the caller owns. golang.org/x/crypto/argon2 has the same
// function, but starts a goroutine for each lane of each slice: the work leaves
// the thread whose priority was lowered, eight lanes of an imported hash take
// every processor, and each hash allocates its memory again. The compression
// function, where the time goes, is that package's own (compress.go), and a test
// holds the results against it.

const (
	blockWords = 128 // a block is 1 KiB
	sliceCount = 4   // slices of a pass: SL, section 3.4
	typeID     = 2   // y of argon2id
	version    = 0x13
)

// block is one KiB of argon2's memory.
type block [blockWords]uint64

// argon2Run is one computation. Its memory is a matrix of blocks, a row a lane.
type argon2Run struct {
	Parameters
	memory  []block
	lane    uint32 // blocks of a lane: q, section 3.2
	segment uint32 // blocks of a lane in one slice
}

// argon2Blocks is how many blocks a computation with p uses: m', which is m
// rounded down to a multiple of four times the lanes.
func argon2Blocks(p Parameters) int {
	quarter := sliceCount * uint32(p.Parallelism)
	return int(p.MemoryKiB / quarter * quarter)
}

// argon2id fills memory, which has at least argon2Blocks(p) blocks of any
// content, and returns a tag of n bytes. The parameters passed Parameters.check.
func argon2id(memory []block, p Parameters, plain, salt []byte, n uint32) []byte {
	blocks := uint32(argon2Blocks(p))
	run := argon2Run{Parameters: p, memory: memory[:blocks], lane: blocks / uint32(p.Parallelism)}
	run.segment = run.lane / sliceCount
	run.begin(initialHash(p, plain, salt, n))
	for pass := range p.Iterations {
		for slice := range uint32(sliceCount) {
			for lane := range uint32(p.Parallelism) { // independent within a slice
				run.fill(position{pass: pass, slice: slice, lane: lane})
			}
		}
	}
	return run.tag(n)
}

// initialHash is H_0 of section 3.2, without secret and associated data.
func initialHash(p Parameters, plain, salt []byte, n uint32) [blake2b.Size]byte {
	in := make([]byte, 0, 40+len(plain)+len(salt))
	for _, number := range []uint32{uint32(p.Parallelism), n, p.MemoryKiB, p.Iterations, version, typeID} {
		in = binary.LittleEndian.AppendUint32(in, number)
	}
	for _, field := range [][]byte{plain, salt, nil, nil} {
		in = binary.LittleEndian.AppendUint32(in, uint32(len(field)))
		in = append(in, field...)
	}
	return blake2b.Sum512(in)
}

// begin computes the first two blocks of every lane from H_0.
func (r *argon2Run) begin(h0 [blake2b.Size]byte) {
	for lane := range uint32(r.Parallelism) {
		for column := range uint32(2) {
			in := binary.LittleEndian.AppendUint32(h0[:len(h0):len(h0)], column)
			in = binary.LittleEndian.AppendUint32(in, lane)
			bytes := longHash(in, 8*blockWords)
			for i := range blockWords {
				r.memory[lane*r.lane+column][i] = binary.LittleEndian.Uint64(bytes[8*i:])
			}
		}
	}
}

// position is one segment: what one lane does in one slice of one pass.
type position struct{ pass, slice, lane uint32 }

// fill computes the blocks of one segment.
func (r *argon2Run) fill(at position) {
	// In the first half of the first pass the references do not depend on the
	// password: that is what makes argon2id safe against an observer of the cache.
	independent := at.pass == 0 && at.slice < sliceCount/2
	var addresses, input, zero block
	input[0], input[1], input[2] = uint64(at.pass), uint64(at.lane), uint64(at.slice)
	input[3], input[4], input[5] = uint64(len(r.memory)), uint64(r.Iterations), typeID

	row := r.memory[at.lane*r.lane : (at.lane+1)*r.lane]
	for index := range r.segment {
		if independent && index%blockWords == 0 {
			input[6]++
			compress(&addresses, &input, &zero)
			compress(&addresses, &addresses, &zero)
		}
		if at.pass == 0 && at.slice == 0 && index < 2 {
			continue // begin computed them
		}
		column := at.slice*r.segment + index
		previous := &row[(column+r.lane-1)%r.lane]
		random := previous[0]
		if independent {
			random = addresses[index%blockWords]
		}
		reference := &r.memory[r.reference(at, index, random)]
		if at.pass == 0 {
			compress(&row[column], previous, reference)
		} else {
			compressXOR(&row[column], previous, reference)
		}
	}
}

// reference maps the pseudo-random number J_1 || J_2 to the index of a block that
// is already there (section 3.4.2).
func (r *argon2Run) reference(at position, index uint32, random uint64) uint32 {
	lane := uint32(random>>32) % uint32(r.Parallelism)
	if at.pass == 0 && at.slice == 0 {
		lane = at.lane
	}
	// The reference set: the three other slices, oldest first, of which only the
	// finished ones exist in the first pass, and in the own lane what this segment
	// has so far; never the block before this one.
	first, size := (at.slice+1)%sliceCount*r.segment, 3*r.segment
	if at.pass == 0 {
		first, size = 0, at.slice*r.segment
	}
	switch {
	case lane == at.lane:
		size += index - 1
	case index == 0:
		size--
	}
	x := random & math.MaxUint32
	x = x * x >> 32
	back := uint32(x * uint64(size) >> 32)
	return lane*r.lane + (first+size-1-back)%r.lane
}

// tag is the hash of all lanes' last blocks.
func (r *argon2Run) tag(n uint32) []byte {
	var last block
	for lane := range uint32(r.Parallelism) {
		for i, word := range r.memory[(lane+1)*r.lane-1] {
			last[i] ^= word
		}
	}
	bytes := make([]byte, 0, 8*blockWords)
	for _, word := range last {
		bytes = binary.LittleEndian.AppendUint64(bytes, word)
	}
	return longHash(bytes, n)
}

// longHash is H', the hash of any length of section 3.3.
func longHash(in []byte, n uint32) []byte {
	in = append(binary.LittleEndian.AppendUint32(nil, n), in...)
	if n <= blake2b.Size {
		return shortHash(in, int(n))
	}
	v := blake2b.Sum512(in)
	out := append(make([]byte, 0, n), v[:blake2b.Size/2]...)
	for int(n)-len(out) > blake2b.Size {
		v = blake2b.Sum512(v[:])
		out = append(out, v[:blake2b.Size/2]...)
	}
	return append(out, shortHash(v[:], int(n)-len(out))...)
}

// shortHash is BLAKE2b with a tag of 1 to 64 bytes.
func shortHash(in []byte, n int) []byte {
	h, err := blake2b.New(n, nil)
	if err != nil {
		panic(fmt.Sprintf("blake2b of %d bytes: %v", n, err)) // lengths are checked when parsed
	}
	h.Write(in)
	return h.Sum(nil)
}
