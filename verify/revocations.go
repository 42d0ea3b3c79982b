package verify

import (
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// shardCount keeps a shard small even with a million cut-offs, because a change
// copies its shard.
const shardCount = 1024

// clientPrefix is what the sub of a client starts with.
const clientPrefix = "client:"

// Revocations is a set of cut-offs that verifiers look at for every token. It is
// safe for concurrent use, and reading it neither waits nor allocates. The zero
// value is not usable; nil is an empty set that stays empty for verifiers.
type Revocations struct {
	seed   maphash.Seed
	shards [shardCount]atomic.Pointer[map[subject]bounds]
	count  atomic.Int64
	roles  atomic.Int64              // how many of them are about roles
	asOf   atomic.Pointer[time.Time] // nil before the first snapshot

	writing sync.Mutex // held by Apply and Drop
}

// NewRevocations returns an empty set that has seen no snapshot yet.
func NewRevocations() *Revocations {
	return &Revocations{seed: maphash.MakeSeed()}
}

// Apply adds cut-offs. Applying one again changes nothing, the order does not
// matter, and several about one subject combine as the strictest. asOf is the
// moment up to which the set is now complete; the zero Time says nothing about
// that, and a moment before the present one is passed over.
//
// A cut-off of a kind that this version does not know, or without ID, is an
// error: the others are applied, but asOf is left alone, so that the set grows
// old instead of looking complete.
func (r *Revocations) Apply(asOf time.Time, cutoffs ...Cutoff) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	var err error
	changed := make(map[int]map[subject]bounds)
	for _, c := range cutoffs {
		s, ok := c.subject()
		if !ok {
			err = fmt.Errorf("%w (seq %d)", errCutoff, c.Seq)
			continue
		}
		i := r.shard(s)
		if changed[i] == nil {
			changed[i] = make(map[subject]bounds)
			if old := r.shards[i].Load(); old != nil {
				maps.Copy(changed[i], *old)
			}
		}
		b := c.bounds()
		if old, ok := changed[i][s]; ok {
			b = b.with(old)
		}
		changed[i][s] = b
	}
	for i, shard := range changed {
		r.replace(i, shard)
	}
	if old := r.asOf.Load(); err == nil && !asOf.IsZero() && (old == nil || asOf.After(*old)) {
		r.asOf.Store(&asOf)
	}
	return err
}

// Drop forgets the cut-offs whose Until is past: every token that they concern
// has expired.
func (r *Revocations) Drop(now time.Time) {
	r.writing.Lock()
	defer r.writing.Unlock()
	past := func(_ subject, b bounds) bool { return !b.until.IsZero() && now.After(b.until) }
	for i := range r.shards {
		old := r.shards[i].Load()
		if old == nil {
			continue
		}
		shard := maps.Clone(*old)
		maps.DeleteFunc(shard, past)
		if len(shard) != len(*old) {
			r.replace(i, shard)
		}
	}
}

// AsOf returns the moment up to which the set is complete, the zero Time before
// the first snapshot.
func (r *Revocations) AsOf() time.Time {
	if t := r.asOf.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

// Age returns for how long the set may have missed something: the time from AsOf
// to now, at least 0, and the longest Duration before the first snapshot.
func (r *Revocations) Age(now time.Time) time.Duration {
	t := r.asOf.Load()
	if t == nil {
		return math.MaxInt64
	}
	return max(0, now.Sub(*t))
}

// Len returns about how many subjects have cut-offs.
func (r *Revocations) Len() int { return int(r.count.Load()) }

// shard returns the index of the shard for s.
func (r *Revocations) shard(s subject) int {
	return int(maphash.String(r.seed, s.id) % shardCount)
}

// replace publishes a shard. The caller holds writing.
func (r *Revocations) replace(i int, shard map[subject]bounds) {
	var before map[subject]bounds
	if old := r.shards[i].Load(); old != nil {
		before = *old
	}
	// Readers skip the set while the counts are 0, so they rise first.
	r.count.Add(int64(max(0, len(shard)-len(before))))
	r.roles.Add(int64(max(0, roles(shard)-roles(before))))
	r.shards[i].Store(&shard)
	r.count.Add(int64(min(0, len(shard)-len(before))))
	r.roles.Add(int64(min(0, roles(shard)-roles(before))))
}

func roles(shard map[subject]bounds) int {
	n := 0
	for s := range shard {
		if s.kind == CutoffRole {
			n++
		}
	}
	return n
}

// find returns the cut-offs of one subject.
func (r *Revocations) find(kind CutoffKind, id string) (bounds, bool) {
	s := subject{kind: kind, id: id}
	shard := r.shards[r.shard(s)].Load()
	if shard == nil {
		return bounds{}, false
	}
	b, ok := (*shard)[s]
	return b, ok
}

// check refuses c if a cut-off concerns it. What revokes is looked at before
// what only makes stale.
func (r *Revocations) check(c *Claims, liveRoles bool) error {
	if r == nil || r.count.Load() == 0 {
		return nil
	}
	if _, cut := r.find(CutoffSigningKey, c.KeyID); cut {
		return &Error{Code: CodeRevoked, detail: "signing key", claims: c}
	}
	if _, cut := r.find(CutoffSession, c.SessionID); cut {
		return &Error{Code: CodeRevoked, detail: "session", claims: c}
	}
	user := r.user(c)
	if user.revokes(c) {
		return &Error{Code: CodeRevoked, detail: "user", claims: c}
	}
	if r.cutsClient(c) {
		return &Error{Code: CodeRevoked, detail: "client", claims: c}
	}
	if liveRoles {
		return nil
	}
	if user.outdates(c) {
		return &Error{Code: CodeStaleClaims, detail: "user", claims: c}
	}
	if r.cutsRole(c) {
		return &Error{Code: CodeStaleClaims, detail: "role", claims: c}
	}
	return nil
}

// checkSubject refuses c if a cut-off of the user id concerns it, whoever the
// token's own subject is.
func (r *Revocations) checkSubject(c *Claims, id string, liveRoles bool) error {
	if r == nil || r.count.Load() == 0 {
		return nil
	}
	user, _ := r.find(CutoffUser, id)
	if user.revokes(c) {
		return &Error{Code: CodeRevoked, detail: "user", claims: c}
	}
	if !liveRoles && user.outdates(c) {
		return &Error{Code: CodeStaleClaims, detail: "user", claims: c}
	}
	return nil
}

// user returns the cut-offs of the token's user: of its subject, and of its user
// id where an issuer with names of its own gives another one.
func (r *Revocations) user(c *Claims) bounds {
	b, _ := r.find(CutoffUser, c.Subject)
	if c.UserID == "" || c.UserID == c.Subject {
		return b
	}
	other, ok := r.find(CutoffUser, c.UserID)
	if !ok {
		return b
	}
	return b.with(other)
}

// revokes reports whether a cut-off of the token's user or client ends it.
func (b bounds) revokes(c *Claims) bool {
	switch {
	case !b.hasRevoked:
		return false
	case c.HasRightsVersion:
		return c.RightsVersion < b.revoked
	}
	return c.IssuedAt.IsZero() || c.IssuedAt.Unix() <= b.unversioned
}

// outdates reports whether the rights in the token are older than a change.
func (b bounds) outdates(c *Claims) bool {
	return b.hasStale && (!c.HasRightsVersion || c.RightsVersion < b.stale)
}

func (r *Revocations) cutsClient(c *Claims) bool {
	if b, ok := r.find(CutoffClient, c.SessionID); ok && b.revokes(c) {
		return true
	}
	id, ok := strings.CutPrefix(c.Subject, clientPrefix)
	if !ok {
		return false
	}
	b, ok := r.find(CutoffClient, id)
	return ok && b.revokes(c)
}

func (r *Revocations) cutsRole(c *Claims) bool {
	if r.roles.Load() == 0 {
		return false
	}
	for _, role := range c.Roles {
		b, ok := r.find(CutoffRole, role)
		if ok && (!c.HasAccessVersion || c.AccessVersion < b.stale) {
			return true
		}
	}
	return false
}
