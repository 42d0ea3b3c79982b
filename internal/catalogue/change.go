package catalogue

import "fmt"

// Kind says what a change is about.
type Kind string

// The kinds.
const (
	PermissionKind Kind = "permission"
	RoleKind       Kind = "role"
)

// Action says what was done to it.
type Action string

// The actions. The last five are about roles.
const (
	Create   Action = "create"
	Describe Action = "describe"
	Grant    Action = "grant"   // a permission of its own
	Revoke   Action = "revoke"  // one less
	Include  Action = "include" // another role
	Exclude  Action = "exclude"
	Bind     Action = "bind" // to another audience; "" is none
)

// Change is one difference between what a catalogue says and what was so before.
type Change struct {
	Kind   Kind
	Name   string
	Action Action
	From   string // what goes: a description, a permission, the name of a role, an audience
	To     string // what comes
}

// String returns the line of a diff.
func (c Change) String() string {
	switch c.Action {
	case Create:
		return fmt.Sprintf("+ %s %s %q", c.Kind, c.Name, c.To)
	case Describe:
		return fmt.Sprintf("~ %s %s: description %q -> %q", c.Kind, c.Name, c.From, c.To)
	case Grant:
		return fmt.Sprintf("+ %s %s: permission %s", c.Kind, c.Name, c.To)
	case Revoke:
		return fmt.Sprintf("- %s %s: permission %s", c.Kind, c.Name, c.From)
	case Include:
		return fmt.Sprintf("+ %s %s: includes %s", c.Kind, c.Name, c.To)
	case Bind:
		return fmt.Sprintf("~ %s %s: audience %q -> %q", c.Kind, c.Name, c.From, c.To)
	}
	return fmt.Sprintf("- %s %s: includes %s", c.Kind, c.Name, c.From)
}
