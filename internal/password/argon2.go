package password

import (
	"encoding/binary"
	"fmt"
	"math"

	"golang.org/x/crypto/blake2b"
)

// This file is argon2 (RFC 9106, section 3) on the calling thread, over memory that
// the caller owns: argon2id, which new passwords are hashed with, and what others
// stored: argon2i, argon2d, and the version before the RFC. golang.org/x/crypto/argon2 has the same
// function, but starts a goroutine for each lane of each slice: the work leaves
// the thread whose priority was lowered, eight lanes of an imported hash take
// every processor, and each hash allocates its memory again. The compression
// function, where the time goes, is that package's own (compress.go), and a test
// holds the results against it.

const (
	blockWords = 128 // a block is 1 KiB
	sliceCount = 4   // slices of a pass: SL, section 3.4
)

// The numbers of the types (y, section 3.1).
const (
	typeD  = 0
	typeI  = 1
	typeID = 2
)

// The versions (v). The older one is that of the password hashing competition: it
// overwrites a block in later passes, where the RFC's combines old and new.
const (
	version10 = 0x10
	version13 = 0x13
)

// variant is which argon2 it is.
type variant struct{ kind, version uint32 }

// current is the one that new passwords are hashed with.
func current() variant { return variant{kind: typeID, version: version13} }

// block is one KiB of argon2's memory.
type block [blockWords]uint64

// argon2Input is what a tag is computed of. The parameters passed
// Parameters.check.
type argon2Input struct {
	Parameters
	variant
	plain, salt []byte
	size        uint32 // of the tag, in bytes
}

// argon2Run is one computation. Its memory is a matrix of blocks, a row a lane.
type argon2Run struct {
	argon2Input
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

// argon2Tag fills memory, which has at least argon2Blocks(in.Parameters) blocks of
// any content, and returns the tag.
func argon2Tag(memory []block, in argon2Input) []byte {
	blocks := uint32(argon2Blocks(in.Parameters))
	run := argon2Run{argon2Input: in, memory: memory[:blocks], lane: blocks / uint32(in.Parallelism)}
	run.segment = run.lane / sliceCount
	run.begin(in.initialHash())
	for pass := range in.Iterations {
		for slice := range uint32(sliceCount) {
			for lane := range uint32(in.Parallelism) { // independent within a slice
				run.fill(position{pass: pass, slice: slice, lane: lane})
			}
		}
	}
	return run.tag()
}

// initialHash is H_0 of section 3.2, without secret and associated data.
func (a argon2Input) initialHash() [blake2b.Size]byte {
	in := make([]byte, 0, 40+len(a.plain)+len(a.salt))
	for _, number := range []uint32{uint32(a.Parallelism), a.size, a.MemoryKiB, a.Iterations, a.version, a.kind} {
		in = binary.LittleEndian.AppendUint32(in, number)
	}
	for _, field := range [][]byte{a.plain, a.salt, nil, nil} {
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
	independent := r.independent(at)
	var addresses, input, zero block
	input[0], input[1], input[2] = uint64(at.pass), uint64(at.lane), uint64(at.slice)
	input[3], input[4], input[5] = uint64(len(r.memory)), uint64(r.Iterations), uint64(r.kind)

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
		if at.pass == 0 || r.version == version10 {
			compress(&row[column], previous, reference)
		} else {
			compressXOR(&row[column], previous, reference)
		}
	}
}

// independent tells whether the references of a segment do not depend on the
// password: what makes argon2i, and the first half of argon2id's first pass, safe
// against an observer of the cache.
func (r *argon2Run) independent(at position) bool {
	return r.kind == typeI || r.kind == typeID && at.pass == 0 && at.slice < sliceCount/2
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
func (r *argon2Run) tag() []byte {
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
	return longHash(bytes, r.size)
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
