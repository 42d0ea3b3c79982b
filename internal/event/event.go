package event

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/verify"
)

// Action says what happened: "noun.verbed".
type Action string

// The actions.
const (
	UserRegistered      Action = "user.registered"
	UserCreated         Action = "user.created"
	UserUpdated         Action = "user.updated"
	UserDisabled        Action = "user.disabled"
	UserEnabled         Action = "user.enabled"
	UserDeleted         Action = "user.deleted"
	UserPasswordChanged Action = "user.password_changed"
	UserResetLinkMade   Action = "user.reset_link_made"
	UsersExported       Action = "users.exported"
	UserRoleAssigned    Action = "user.role_assigned"
	UserRoleRemoved     Action = "user.role_removed"
	UserPermGranted     Action = "user.permission_granted"
	UserPermRevoked     Action = "user.permission_revoked"
	UserRoleEnded       Action = "user.role_ended"       // it was given until then
	UserPermEnded       Action = "user.permission_ended" // as UserRoleEnded
	SessionStarted      Action = "session.started"
	SessionEnded        Action = "session.ended"
	SessionsEnded       Action = "session.all_ended"
	SessionReused       Action = "session.refresh_reused"
	SessionRepeated     Action = "session.refresh_repeated"
	SignInFailed        Action = "signin.failed"
	TokenRevoked        Action = "token.revoked"
	RoleCreated         Action = "role.created"
	RoleUpdated         Action = "role.updated"
	RoleDeleted         Action = "role.deleted"
	RolePermGranted     Action = "role.permission_granted"
	RolePermRevoked     Action = "role.permission_revoked"
	RoleIncluded        Action = "role.inclusion_added"
	RoleExcluded        Action = "role.inclusion_removed"
	RoleCutOff          Action = "role.tokens_cut_off" // a role that includes it was changed
	PermissionCreated   Action = "permission.created"
	PermissionUpdated   Action = "permission.updated"
	PermissionDeleted   Action = "permission.deleted"
	KeyCreated          Action = "key.created"
	KeysReset           Action = "key.all_reset"
	SetupLinkMade       Action = "setup.link_made"
	SetupCompleted      Action = "setup.completed"
)

// Subject is what the event is about.
type Subject struct {
	Kind string // "user", "session", "role", "permission", "key", "setup", "import", "export"
	ID   string // at most ident.MaxLen bytes for things with ids; else the name
	Name string // for people; what the thing was called then
}

// Event is one row of the log.
type Event struct {
	ID      string
	At      time.Time // milliseconds
	Actor   Actor
	Action  Action
	Subject Subject
	Origin  access.Origin

	// Detail is what changed, as a JSON object; never a secret.
	Detail string

	// Cutoff is what the event revokes; nil for most events. Its Seq is set when
	// the row is sealed. Its At stays zero: that is the event's.
	Cutoff *verify.Cutoff

	// Seq and MAC are zero until the row is sealed.
	Seq int64
	MAC []byte
}

// Actor is who did it.
type Actor struct {
	Kind access.Kind
	ID   ident.UserID
	Name string
}

// New makes the event of what a caller did.
func New(who access.Caller, at time.Time, action Action, subject Subject) Event {
	return Event{
		ID: ident.New(), At: at.UTC().Truncate(time.Millisecond), Action: action, Subject: subject,
		Actor: Actor{Kind: who.Kind, ID: who.UserID, Name: who.Name}, Origin: who.Origin, Detail: "{}",
	}
}

// With returns a copy of e whose detail has more fields, as JSON. Names are
// sorted, so the same fields are the same bytes. Never pass a secret.
func (e Event) With(fields map[string]any) Event {
	all := make(map[string]any, len(fields))
	if err := json.Unmarshal([]byte(e.Detail), &all); err != nil {
		panic(fmt.Sprintf("event %s: detail is not JSON: %v", e.Action, err)) // only a bug comes here
	}
	maps.Copy(all, fields)
	text, err := json.Marshal(all)
	if err != nil {
		panic(fmt.Sprintf("event %s: %v", e.Action, err)) // only a bug passes what JSON cannot hold
	}
	e.Detail = string(text)
	return e
}

// Revoking returns a copy of e that carries a cut-off. The detail repeats it,
// because cut-offs are forgotten when they concern no token any more and events
// are not.
func (e Event) Revoking(c verify.Cutoff) Event {
	e = e.With(map[string]any{"cutoff": map[string]any{
		"kind": string(c.Kind), "id": c.ID, "min": c.Min, "reason": c.Reason,
	}})
	e.Cutoff = &c
	return e
}

// revoked returns what e, which has a cut-off, revokes and since when.
func (e Event) revoked() verify.Cutoff {
	c := *e.Cutoff
	c.At = e.At
	return c
}

// User is the subject for a person.
func User(id ident.UserID, name string) Subject {
	return Subject{Kind: "user", ID: string(id), Name: name}
}

// Session is the subject for a session.
func Session(id ident.SessionID) Subject { return Subject{Kind: "session", ID: string(id)} }

// Role is the subject for a role.
func Role(id ident.RoleID, name string) Subject {
	return Subject{Kind: "role", ID: string(id), Name: name}
}

// Permission is the subject for a permission.
func Permission(p access.Permission) Subject { return Subject{Kind: "permission", ID: string(p)} }

// Key is the subject for a signing key.
func Key(kid string) Subject { return Subject{Kind: "key", ID: kid} }
