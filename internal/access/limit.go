package access

import (
	"cmp"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/fault"
)

// MaxUntil is how far away the end of an assignment may be: what is to last longer
// has no end. Times that are stored as milliseconds stay far from their bounds.
const MaxUntil = 100 * 366 * 24 * time.Hour

// The refusals of an end.
var (
	ErrUntilPast   = fault.New(fault.Invalid, "until_past", "The time until which something is given has to be in the future.")
	ErrUntilFar    = fault.New(fault.Invalid, "until_too_far", "The time until which something is given is more than 100 years away: give it without an end.")
	ErrGivesLonger = fault.New(fault.Forbidden, "gives_longer", "You can only give what you hold yourself for as long as you hold it.")
)

// CheckUntil returns the form in which the end of an assignment is kept, in UTC and
// whole milliseconds, rounded towards an earlier end. Zero is for ever. It returns
// ErrUntilPast for an end that is not after now, and ErrUntilFar.
func CheckUntil(until, now time.Time) (time.Time, error) {
	if until.IsZero() {
		return until, nil
	}
	until = until.UTC().Truncate(time.Millisecond)
	switch {
	case !until.After(now):
		return time.Time{}, ErrUntilPast.WithField("until", ErrUntilPast.Public)
	case until.After(now.Add(MaxUntil)):
		return time.Time{}, ErrUntilFar.WithField("until", ErrUntilFar.Public)
	}
	return until, nil
}

// Ended reports whether something that was counted in the rights has ended: they
// have to be read again.
func (r Rights) Ended(now time.Time) bool {
	return !r.Until.IsZero() && !r.Until.After(now)
}

// HoldsUntil reports whether the rights include the permission until a time at
// least; zero is for ever. A superuser holds every one for ever.
func (r Rights) HoldsUntil(p Permission, until time.Time) bool {
	end, limited := r.Limited[p]
	switch {
	case r.Superuser || !limited:
		return r.Holds(p)
	case until.IsZero():
		return false
	}
	return r.Holds(p) && !until.After(end)
}

// At returns what of the rights has not ended at a moment that is not before the one
// at which they were read. Its Until is when the next of that ends.
func (r Rights) At(at time.Time) Rights {
	if !r.Ended(at) {
		return r
	}
	return r.keep(func(_ string, until time.Time) bool { return until.IsZero() || until.After(at) })
}

// Sum adds up what an account was given, in whatever ways: what is held in several
// ways lasts as long as the longest of them. The zero value is nothing.
type Sum struct {
	parts map[string]Part // by the audience that they are bound to
	until time.Time
}

// Role adds a role that is held until a time, zero for ever, and is bound to an
// audience, "" for none.
func (s *Sum) Role(name string, until time.Time, audience string) {
	p := s.parts[audience]
	p.Roles = longest(p.Roles, name, until)
	s.put(audience, p, until)
}

// Permission adds a permission that is held until a time, zero for ever, because of a
// role that is bound to an audience, "" for none.
func (s *Sum) Permission(name Permission, until time.Time, audience string) {
	p := s.parts[audience]
	p.Permissions = longest(p.Permissions, name, until)
	s.put(audience, p, until)
}

// longest keeps the latest end of a thing; zero is later than any.
func longest[T comparable](of map[T]time.Time, thing T, until time.Time) map[T]time.Time {
	if of == nil {
		of = map[T]time.Time{}
	}
	if end, held := of[thing]; !held || !end.IsZero() && (until.IsZero() || until.After(end)) {
		of[thing] = until
	}
	return of
}

// put keeps a part, and takes note of an end in it.
func (s *Sum) put(audience string, p Part, until time.Time) {
	if s.parts == nil {
		s.parts = map[string]Part{}
	}
	s.parts[audience] = p
	if !until.IsZero() && (s.until.IsZero() || until.Before(s.until)) {
		s.until = until
	}
}

// Into writes the sum into rights.
func (s *Sum) Into(r *Rights) {
	all := s.parts[""]
	if r.Bound = bound(s.parts); r.Bound != nil {
		all = whole(s.parts)
	}
	r.Until = s.until
	r.Roles, r.LimitedRoles = sorted(all.Roles)
	r.Permissions, r.Limited = sorted(all.Permissions)
}

// sorted returns the things in order, and the ends of those that have one; nil for
// none.
func sorted[T cmp.Ordered](ends map[T]time.Time) (all []T, limited map[T]time.Time) {
	if len(ends) == 0 {
		return nil, nil
	}
	all = make([]T, 0, len(ends))
	for thing, until := range ends {
		all = append(all, thing)
		if until.IsZero() {
			continue
		}
		if limited == nil {
			limited = map[T]time.Time{}
		}
		limited[thing] = until
	}
	slices.Sort(all)
	return all, limited
}
