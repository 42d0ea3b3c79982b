package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	reader := access.Rights{Permissions: []access.Permission{"shop.read"}}
	for name, c := range map[string]struct {
		subject    access.Subject
		undeclared bool
		allowed    bool
		why        access.Reason
	}{
		"held":                      {access.Subject{Exists: true, Active: true, Rights: reader}, false, true, access.ReasonHeld},
		"superuser":                 {access.Subject{Exists: true, Active: true, Rights: access.Rights{Superuser: true}}, false, true, access.ReasonSuperuser},
		"not held":                  {access.Subject{Exists: true, Active: true}, false, false, access.ReasonNotHeld},
		"staff alone":               {access.Subject{Exists: true, Active: true, Rights: access.Rights{Staff: true}}, false, false, access.ReasonNotHeld},
		"disabled":                  {access.Subject{Exists: true, Rights: reader}, false, false, access.ReasonDisabled},
		"disabled superuser":        {access.Subject{Exists: true, Rights: access.Rights{Superuser: true}}, false, false, access.ReasonDisabled},
		"undeclared":                {access.Subject{Exists: true, Active: true}, true, false, access.ReasonUnknown},
		"undeclared of a superuser": {access.Subject{Exists: true, Active: true, Rights: access.Rights{Superuser: true}}, true, false, access.ReasonUnknown},
		"nobody":                    {access.Subject{}, false, false, access.ReasonNoSubject},
		"nobody with rights":        {access.Subject{Active: true, Rights: access.Rights{Superuser: true}}, false, false, access.ReasonNoSubject},
	} {
		got := c.subject.Decide("shop.read", !c.undeclared)
		if want := (access.Decision{Permission: "shop.read", Allowed: c.allowed, Reason: c.why}); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestTogether(t *testing.T) {
	t.Parallel()
	yes, no := access.Decision{Allowed: true, Reason: access.ReasonHeld}, access.Decision{Reason: access.ReasonNotHeld}
	unknown := access.Decision{Reason: access.ReasonUnknown}
	for _, c := range []struct {
		all     []access.Decision
		allowed bool
		why     access.Reason
	}{
		{nil, false, "nothing_asked"},
		{[]access.Decision{yes}, true, access.ReasonHeld},
		{[]access.Decision{yes, no, unknown}, false, access.ReasonNotHeld},
		{[]access.Decision{unknown, yes}, false, access.ReasonUnknown},
	} {
		if allowed, why := access.Together(c.all); allowed != c.allowed || why != c.why {
			t.Errorf("%v: %v %s, want %v %s", c.all, allowed, why, c.allowed, c.why)
		}
	}
}

// diamond is an account with a grant and two roles, of which one leads to the other
// and both to a third.
func diamond() access.Holding {
	return access.Holding{
		Active: true, Direct: []access.Grant{{Permission: "shop.read"}}, Held: []access.GivenRole{{ID: "a"}, {ID: "b"}},
		Roles: map[ident.RoleID]access.HeldRole{
			"a": {Name: "A", Includes: []ident.RoleID{"b", "c"}},
			"b": {Name: "B", Gives: []access.Permission{"shop.write"}, Includes: []ident.RoleID{"c"}},
			"c": {Name: "C", Gives: []access.Permission{"shop.read", "shop.sell"}},
		},
	}
}

func ways(e access.Explained) []string {
	var all []string
	for _, p := range e.Paths {
		way := []string{string(p.Kind)}
		for _, r := range p.Roles {
			way = append(way, r.Name)
		}
		all = append(all, strings.Join(way, " "))
	}
	return all
}

func TestExplain(t *testing.T) {
	t.Parallel()
	h := diamond()
	h.Superuser = true
	got := map[access.Permission][]string{}
	for _, e := range h.Explain([]access.Permission{"shop.read", "shop.write", "other.thing"}) {
		got[e.Permission] = ways(e)
	}
	if diff := cmp.Diff(map[access.Permission][]string{
		"shop.read":   {"superuser", "direct", "role A C", "role B C"},
		"shop.write":  {"superuser", "role B", "role A B"},
		"other.thing": {"superuser"},
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	h.Superuser = false
	if e := h.Explain([]access.Permission{"other.thing"}); len(e) != 0 {
		t.Errorf("what is not held is explained: %v", e)
	}
	if diff := cmp.Diff(access.Rights{
		Roles: []string{"A", "B", "C"}, Permissions: []access.Permission{"shop.read", "shop.sell", "shop.write"},
	}, h.Rights()); diff != "" {
		t.Errorf("Rights (-want +got):\n%s", diff)
	}
}

// However many paths there are, few are listed, and the rest are counted.
func TestExplain_is_bounded(t *testing.T) {
	t.Parallel()
	h := access.Holding{Roles: map[ident.RoleID]access.HeldRole{}}
	for i := range access.MaxPaths + 7 {
		id := ident.RoleID(fmt.Sprint(i))
		h.Held = append(h.Held, access.GivenRole{ID: id})
		h.Roles[id] = access.HeldRole{Name: string(id), Gives: []access.Permission{"shop.read"}}
	}
	e := h.Explain([]access.Permission{"shop.read"})[0]
	if len(e.Paths) != access.MaxPaths || e.LeftOut != 7 {
		t.Errorf("%d paths and %d left out, want %d and 7", len(e.Paths), e.LeftOut, access.MaxPaths)
	}
}
