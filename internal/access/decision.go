package access

// Reason says why a decision is what it is. Programs read it.
type Reason string

// The reasons.
const (
	ReasonHeld       Reason = "held"      // by a role or granted directly
	ReasonSuperuser  Reason = "superuser" // who holds every permission
	ReasonNotHeld    Reason = "not_held"
	ReasonUnknown    Reason = "unknown_permission" // it is not declared: nobody holds it
	ReasonDisabled   Reason = "subject_disabled"   // they may not sign in, whatever they hold
	ReasonNoSubject  Reason = "unknown_subject"
	reasonNoQuestion Reason = "nothing_asked"
)

// MaxAsked is how many permissions are decided about at once.
const MaxAsked = 100

// Decision is the answer to whether a subject may do what a permission names.
type Decision struct {
	Permission Permission
	Allowed    bool
	Reason     Reason
}

// Subject is whom a decision is about. The zero value is nobody.
type Subject struct {
	Exists bool
	Active bool // may sign in
	Rights Rights
}

// Decide answers for one permission. Declared says whether there is such a
// permission: what is not declared nobody may, superusers included, so that a
// name that was misspelt is noticed.
func (s Subject) Decide(p Permission, declared bool) Decision {
	d := Decision{Permission: p}
	switch {
	case !s.Exists:
		d.Reason = ReasonNoSubject
	case !declared:
		d.Reason = ReasonUnknown
	case !s.Active:
		d.Reason = ReasonDisabled
	case s.Rights.Superuser:
		d.Allowed, d.Reason = true, ReasonSuperuser
	case s.Rights.Holds(p):
		d.Allowed, d.Reason = true, ReasonHeld
	default:
		d.Reason = ReasonNotHeld
	}
	return d
}

// Together is the answer for all the permissions at once: allowed when each is,
// with the reason of the first that is not, else of the first. Nothing is not
// allowed.
func Together(all []Decision) (allowed bool, why Reason) {
	if len(all) == 0 {
		return false, reasonNoQuestion
	}
	for _, d := range all {
		if !d.Allowed {
			return false, d.Reason
		}
	}
	return true, all[0].Reason
}
