package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"sync/atomic"
	"time"
)

const bucketSize = 8

// verdict is a good token that has been read once.
type verdict struct {
	sum    [sha256.Size]byte // of the token's text
	key    *heldKey
	claims *Claims
}

// cache remembers verdicts in a table of fixed size: a token has one bucket of
// eight places, and where all are taken the verdict that expires first makes
// room. Readers and writers never wait for each other. Two writers at once may
// overwrite each other, which loses a verdict and nothing else.
//
// The hash is SHA-256, so that no two tokens can be confused, and so that the
// tokens themselves are not kept in memory.
type cache struct {
	buckets []bucket
}

type bucket [bucketSize]atomic.Pointer[verdict]

func newCache(size int) *cache {
	return &cache{buckets: make([]bucket, (size+bucketSize-1)/bucketSize)}
}

// sumOf hashes a token. Converting it would copy it to the heap; tokens of an
// ordinary size are copied to the stack instead.
func sumOf(raw string) [sha256.Size]byte {
	var buffer [2 << 10]byte
	if len(raw) > len(buffer) {
		return sha256.Sum256([]byte(raw))
	}
	return sha256.Sum256(buffer[:copy(buffer[:], raw)])
}

func (c *cache) bucket(sum *[sha256.Size]byte) *bucket {
	return &c.buckets[binary.LittleEndian.Uint64(sum[:])%uint64(len(c.buckets))]
}

// get returns the verdict on the token with this sum, or nil.
func (c *cache) get(sum *[sha256.Size]byte) *verdict {
	b := c.bucket(sum)
	for i := range b {
		if known := b[i].Load(); known != nil && known.sum == *sum {
			return known
		}
	}
	return nil
}

// put remembers fresh, in place of an older verdict on the same token if there
// is one.
func (c *cache) put(fresh *verdict) {
	b := c.bucket(&fresh.sum)
	b[b.place(&fresh.sum)].Store(fresh)
}

// place returns where in the bucket the verdict on this token belongs: where it
// is, or where nothing is, or where the one is that expires first.
func (b *bucket) place(sum *[sha256.Size]byte) int {
	place, first := 0, time.Time{}
	for i := range b {
		known := b[i].Load()
		if known == nil {
			known = &verdict{claims: &Claims{}}
		}
		if known.sum == *sum {
			return i
		}
		if expires := known.claims.ExpiresAt; i == 0 || expires.Before(first) {
			place, first = i, expires
		}
	}
	return place
}
