package access

import (
	"slices"
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
)

// Rights are what somebody holds at one moment.
type Rights struct {
	Superuser bool
	Staff     bool

	// Roles are the names of the roles held and of those that they include, sorted.
	Roles []string

	// Permissions are the effective ones: from all these roles and granted
	// directly, sorted, each once.
	Permissions []Permission

	// Until is the earliest end of anything that is counted here: after it the
	// rights have to be read again. Zero when nothing ends.
	Until time.Time

	// Limited are those of the permissions that end, with when: each as late as the
	// longest way by which it is held. LimitedRoles are the same of the roles. nil
	// when none does.
	Limited      map[Permission]time.Time
	LimitedRoles map[string]time.Time

	// Bound is the same by the audience that it is bound to, "" for what counts in
	// every token. nil when nothing is bound: all of it counts in every token.
	Bound map[string]Part
}

// Holds reports whether the rights include the permission. A superuser holds
// every one.
func (r Rights) Holds(p Permission) bool {
	if r.Superuser {
		return true
	}
	_, found := slices.BinarySearch(r.Permissions, p)
	return found
}

// Covers reports whether r includes everything that other does, for as long as other
// does: who holds something for a week and could change the password of who holds it
// for ever would hold it for ever too.
func (r Rights) Covers(other Rights) bool {
	if r.Superuser {
		return true
	}
	if other.Superuser || other.Staff && !r.Staff {
		return false
	}
	for _, p := range other.Permissions {
		if !r.HoldsUntil(p, other.Limited[p]) {
			return false
		}
	}
	return true
}

// HoldsAll reports whether r includes every one of the permissions.
func (r Rights) HoldsAll(all []Permission) bool {
	for _, p := range all {
		if !r.Holds(p) {
			return false
		}
	}
	return true
}

// The refusals.
var (
	ErrAnonymous = fault.New(fault.Unauthenticated, "not_authenticated", "Authentication credentials were not provided.")
	ErrForbidden = fault.New(fault.Forbidden, "permission_denied", "You do not have permission to perform this action.")
	ErrHoldsMore = fault.New(fault.Forbidden, "subject_holds_more", "This account or role holds something that you do not hold yourself.")
	ErrGivesMore = fault.New(fault.Forbidden, "gives_more", "You can only give what you hold yourself.")
)

// Kind says what a caller is.
type Kind string

// The kinds of callers.
const (
	Anonymous Kind = "anonymous"
	Person    Kind = "user"
	Operator  Kind = "operator" // the command line, or the service itself
)

// Caller is whoever asks for something. Use cases take it as an argument and not
// from the context, so that a signature shows that it is looked at and a test
// cannot forget it. The zero value is nobody and may do nothing.
type Caller struct {
	Kind    Kind
	UserID  ident.UserID // of a person
	Name    string       // username, or the operator's name, for the log
	Session ident.SessionID
	Rights  Rights
	Origin  Origin
}

// Origin is where a request came from. It is recorded, never decided upon.
type Origin struct {
	IP        string // without port; "" for the command line
	UserAgent string // at most 255 bytes
	RequestID string
}

// Command returns the caller for the operator at the command line, who may do
// everything: they hold the database and the instance secret.
func Command(name string) Caller {
	return Caller{Kind: Operator, Name: name, Rights: Rights{Superuser: true, Staff: true}}
}

// Require returns nil when the caller holds the permission, ErrAnonymous for
// nobody and ErrForbidden for anyone else.
func (c Caller) Require(p Permission) error {
	if err := c.RequireAuthenticated(); err != nil {
		return err
	}
	if !c.Rights.Holds(p) {
		return ErrForbidden
	}
	return nil
}

// RequireAuthenticated returns ErrAnonymous for nobody.
func (c Caller) RequireAuthenticated() error {
	if c.Kind != Person && c.Kind != Operator {
		return ErrAnonymous
	}
	return nil
}

// RequireOver returns ErrHoldsMore unless the caller holds everything that the
// subject holds. A person is always over themselves.
func (c Caller) RequireOver(id ident.UserID, subject Rights) error {
	if c.Kind == Person && c.UserID == id || c.Rights.Covers(subject) {
		return nil
	}
	return ErrHoldsMore
}

// RequireGives returns ErrGivesMore unless the caller holds all the permissions, and
// ErrGivesLonger unless they hold them for as long as they give them: until a time,
// or for ever when it is zero.
func (c Caller) RequireGives(all []Permission, until time.Time) error {
	if !c.Rights.HoldsAll(all) {
		return ErrGivesMore
	}
	for _, p := range all {
		if !c.Rights.HoldsUntil(p, until) {
			return ErrGivesLonger
		}
	}
	return nil
}
