package verify

import (
	"errors"
	"math"
	"time"
)

// CutoffKind says what a Cutoff is about.
type CutoffKind string

// The kinds of cut-offs.
const (
	// CutoffSession refuses all tokens of the session, API key or client whose
	// sid is ID. Min is not used.
	CutoffSession CutoffKind = "session"
	// CutoffUser refuses tokens of the subject ID with rv below Min, and those
	// without rv that are not younger than At. With ReasonRolesChanged tokens with
	// rv below Min, and all without rv, are not revoked but stale.
	CutoffUser CutoffKind = "user"
	// CutoffClient refuses tokens with rv below Min, and those without rv that are
	// not younger than At, whose sub is "client:" followed by ID or whose sid is
	// ID.
	CutoffClient CutoffKind = "client"
	// CutoffRole makes tokens stale that list the role ID and have av below Min
	// or no av.
	CutoffRole CutoffKind = "role"
	// CutoffSigningKey refuses all tokens of the key whose kid is ID. Min is not
	// used.
	CutoffSigningKey CutoffKind = "signing_key"
	// CutoffAll refuses everything that was signed so far. A verifier cannot know
	// which keys were current then, so there is one cut-off for each of them, with
	// its kid as ID; each acts as CutoffSigningKey. Min is not used.
	CutoffAll CutoffKind = "all"
)

// ReasonRolesChanged is the reason of a user's cut-off that ends nothing: the
// rights in older tokens are out of date, and a refresh brings new ones.
const ReasonRolesChanged = "roles_changed"

// Cutoff ends tokens before their time. It compares versions and names, not
// times, so a token that was made in the same second as the cut-off is on the
// right side of it. Only a token without rv, which another service made that
// knows of no versions, is told by its iat.
type Cutoff struct {
	// Seq is the place of the cut-off in the server's log. It is not compared:
	// cut-offs may arrive in any order.
	Seq  int64
	Kind CutoffKind
	// ID is the session, user, client, role or kid; never empty.
	ID string
	// Min is the lowest version that is still good.
	Min int64
	// At is when the revocation happened. It decides about tokens without rv: a
	// cut-off of a user or client refuses those whose iat is not after At, rounded
	// up to the whole second, and those without iat. Zero is unknown: then it
	// refuses all without rv.
	At time.Time
	// Until is when the last token that the cut-off concerns has expired, with
	// leeway; the cut-off may be forgotten then. Zero is never.
	Until time.Time
	// Reason is why, such as ReasonRolesChanged.
	Reason string
}

var errCutoff = errors.New("verify: a cut-off of unknown kind or without id")

// subject is what a set files cut-offs under.
type subject struct {
	kind CutoffKind
	id   string
}

// bounds is all cut-offs of one subject together.
type bounds struct {
	// revoked and stale are the lowest good versions; versions start at 0. For
	// sessions and keys the entry itself refuses.
	revoked int64
	stale   int64
	// unversioned is, for tokens without rv, the last iat that is revoked, in
	// seconds since 1970. It means nothing without hasRevoked.
	unversioned int64
	// hasRevoked and hasStale say that a cut-off of the sort exists, which
	// concerns tokens without a version even where the bound is 0.
	hasRevoked bool
	hasStale   bool
	until      time.Time // zero is never
}

// subject returns what c is about; ok is false for a cut-off that this version
// of the package does not understand.
func (c Cutoff) subject() (s subject, ok bool) {
	s = subject{kind: c.Kind, id: c.ID}
	switch c.Kind {
	case CutoffAll:
		s.kind = CutoffSigningKey
	case CutoffSession, CutoffUser, CutoffClient, CutoffRole, CutoffSigningKey:
	default:
		return subject{}, false
	}
	return s, c.ID != ""
}

// bounds returns c as the only cut-off of its subject.
func (c Cutoff) bounds() bounds {
	if c.Kind == CutoffRole || c.Kind == CutoffUser && c.Reason == ReasonRolesChanged {
		return bounds{stale: c.Min, hasStale: true, until: c.Until.UTC()}
	}
	return bounds{revoked: c.Min, unversioned: c.lastRevoked(), hasRevoked: true, until: c.Until.UTC()}
}

// lastRevoked returns the last second whose tokens without rv are revoked: that
// of At, which iat in whole seconds cannot tell from the moment before, or the
// next where At has a fraction. Rounding ends some token too many, never one too
// few.
func (c Cutoff) lastRevoked() int64 {
	if c.At.IsZero() {
		return math.MaxInt64
	}
	at := c.At.Unix()
	if c.At.Nanosecond() > 0 {
		at++
	}
	return max(0, at)
}

// with returns the strictest of both. It is commutative, associative and
// idempotent, which is why the order of cut-offs does not matter.
func (b bounds) with(other bounds) bounds {
	until := b.until
	if other.until.IsZero() || !until.IsZero() && other.until.After(until) {
		until = other.until
	}
	return bounds{
		revoked:     max(b.revoked, other.revoked),
		stale:       max(b.stale, other.stale),
		unversioned: max(b.unversioned, other.unversioned), // 0 where there is none
		hasRevoked:  b.hasRevoked || other.hasRevoked,
		hasStale:    b.hasStale || other.hasStale,
		until:       until,
	}
}
