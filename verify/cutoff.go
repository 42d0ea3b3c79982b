package verify

import (
	"errors"
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
	// without rv. With ReasonRolesChanged they are not revoked but stale.
	CutoffUser CutoffKind = "user"
	// CutoffClient refuses tokens with rv below Min, and those without rv, whose
	// sub is "client:" followed by ID or whose sid is ID.
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

// Cutoff ends tokens before their time. It compares versions and names, never
// times, so a token that was made in the same second as the cut-off is on the
// right side of it.
type Cutoff struct {
	// Seq is the place of the cut-off in the server's log. It is not compared:
	// cut-offs may arrive in any order.
	Seq  int64
	Kind CutoffKind
	// ID is the session, user, client, role or kid; never empty.
	ID string
	// Min is the lowest version that is still good.
	Min int64
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
	return bounds{revoked: c.Min, hasRevoked: true, until: c.Until.UTC()}
}

// with returns the strictest of both. It is commutative, associative and
// idempotent, which is why the order of cut-offs does not matter.
func (b bounds) with(other bounds) bounds {
	until := b.until
	if other.until.IsZero() || !until.IsZero() && other.until.After(until) {
		until = other.until
	}
	return bounds{
		revoked:    max(b.revoked, other.revoked),
		stale:      max(b.stale, other.stale),
		hasRevoked: b.hasRevoked || other.hasRevoked,
		hasStale:   b.hasStale || other.hasStale,
		until:      until,
	}
}
