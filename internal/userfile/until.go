package userfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/access"
)

// until is a name of what ends, and when. A file has it as "TIME NAME": no time has
// a space, and names of roles may have anything in them.
type until struct {
	name string
	ends time.Time // zero for what has no end
}

// String is what a file has.
func (u until) String() string { return u.ends.UTC().Format(time.RFC3339Nano) + " " + u.name }

// ending reads what a file has.
func ending(text string) (until, error) {
	at, name, found := strings.Cut(text, " ")
	ends, err := time.Parse(time.RFC3339, at)
	if !found || err != nil || ends.IsZero() {
		return until{}, errors.New("is not a time as 2026-01-31T12:00:00Z, a space and a name")
	}
	return until{strings.TrimSpace(name), ends}, nil
}

// untils are the names of one column and, with their ends, those of another one. What
// has ended by now is left out: nobody has it. It says what is wrong with them; column
// is what the first one is called.
func untils(column string, lasting, limited []string, now time.Time) (all []until, why string) {
	for _, name := range lasting {
		all = append(all, until{name: name})
	}
	for _, text := range limited {
		u, err := ending(text)
		if err != nil {
			return nil, fmt.Sprintf("%s_until: %q %s", column, shorten(text), err)
		}
		u.ends, err = access.CheckUntil(u.ends, now)
		if errors.Is(err, access.ErrUntilPast) {
			continue
		}
		if err != nil {
			return nil, fmt.Sprintf("%s_until: %s", column, reason(err))
		}
		all = append(all, u)
	}
	return all, ""
}

// named orders by names, and finds a name that has two ends.
func named(column string, all []until) (sorted []until, why string) {
	slices.SortFunc(all, func(a, b until) int { return strings.Compare(a.name, b.name) })
	all = slices.Compact(all)
	for i := 1; i < len(all); i++ {
		if all[i].name == all[i-1].name {
			return nil, fmt.Sprintf("%s: %q is there with two ends", column, shorten(all[i].name))
		}
	}
	return all, ""
}
