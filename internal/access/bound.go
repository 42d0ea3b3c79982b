package access

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/fault"
)

// ErrAudienceUnknown is returned for an audience that no tokens are issued for. What
// is returned says which there are.
var ErrAudienceUnknown = fault.New(fault.Invalid, "audience_unknown", "No tokens are issued for this audience.")

// CheckAudience returns ErrAudienceUnknown unless the name is one of the audiences
// that tokens are issued for.
func CheckAudience(name string, issued []string) error {
	if slices.Contains(issued, name) {
		return nil
	}
	there := "There is none that can be named."
	if len(issued) > 0 {
		there = "There is: " + strings.Join(issued, ", ") + "."
	}
	return ErrAudienceUnknown.WithField("audience", ErrAudienceUnknown.Public+" "+there)
}

// Part is the roles and permissions that count for the same audiences, with when each
// ends; zero for never.
type Part struct {
	Roles       map[string]time.Time
	Permissions map[Permission]time.Time
}

// For returns what of the rights counts in a token for these audiences: what is bound
// to none, and what is bound to one of them. Decisions about the person themselves are
// made on the whole.
func (r Rights) For(audiences []string) Rights {
	if r.Bound == nil {
		return r
	}
	some := r.keep(func(audience string, _ time.Time) bool {
		return audience == "" || slices.Contains(audiences, audience)
	})
	some.Bound = nil // nothing is left to tell apart
	return some
}

// keep returns the rights with those roles and permissions alone of which counts says
// so, by their audience and their end.
func (r Rights) keep(counts func(audience string, until time.Time) bool) Rights {
	var left Sum
	for audience, p := range r.parts() {
		for name, until := range p.Roles {
			if counts(audience, until) {
				left.Role(name, until, audience)
			}
		}
		for name, until := range p.Permissions {
			if counts(audience, until) {
				left.Permission(name, until, audience)
			}
		}
	}
	some := Rights{Superuser: r.Superuser, Staff: r.Staff}
	left.Into(&some)
	return some
}

// parts are the rights by the audience that they are bound to.
func (r Rights) parts() map[string]Part {
	if r.Bound != nil {
		return r.Bound
	}
	return map[string]Part{"": {Roles: ends(r.Roles, r.LimitedRoles), Permissions: ends(r.Permissions, r.Limited)}}
}

// ends is the reverse of sorted.
func ends[T comparable](all []T, limited map[T]time.Time) map[T]time.Time {
	found := make(map[T]time.Time, len(all))
	for _, thing := range all {
		found[thing] = limited[thing]
	}
	return found
}

// whole puts parts together: what is in several lasts as long as in the longest.
func whole(parts map[string]Part) Part {
	var all Part
	for _, p := range parts {
		for name, until := range p.Roles {
			all.Roles = longest(all.Roles, name, until)
		}
		for name, until := range p.Permissions {
			all.Permissions = longest(all.Permissions, name, until)
		}
	}
	return all
}

// bound returns the parts when one of them is bound to an audience, else nil.
func bound(parts map[string]Part) map[string]Part {
	for audience := range parts {
		if audience != "" {
			return maps.Clone(parts)
		}
	}
	return nil
}
