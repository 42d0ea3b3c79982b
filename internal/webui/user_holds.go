package webui

import (
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
)

const (
	whyList = "site user permissions"

	// fewHeld is how many roles or grants of an account are shown at once, and
	// manyHeld at most.
	fewHeld  = 20
	manyHeld = 1000
	whyRows  = 20
)

// cut is how much of a list is shown.
type cut struct {
	Of      int    // all that there are
	ShowAll string // the address of the page with more of it, "" for none
}

// bounded returns the beginning of a list, or much of it where the address asks for
// that.
func bounded[T any](v *visit, id ident.UserID, what string, all []T) ([]T, cut) {
	c, limit := cut{Of: len(all)}, fewHeld
	if v.URL.Query().Get("show") == what {
		limit = manyHeld
	} else if len(all) > fewHeld {
		c.ShowAll = userAt(id) + "?show=" + what + "#" + what
	}
	return all[:min(len(all), limit)], c
}

// userRolesView is the roles that an account was given.
type userRolesView struct {
	Roles   []role.Held
	Cut     cut
	MayTake bool
	Linked  bool
	Give    *field // nil for who may not give any
	For     choice // how long it is given for
}

func (s *Site) rolesOf(v *visit, id ident.UserID, mayChange bool, r refusal) (userRolesView, error) {
	held, err := s.Roles.UserRoles(v.Context(), v.Who, id)
	if err != nil {
		return userRolesView{}, err
	}
	view := userRolesView{MayTake: mayChange, Linked: v.Who.Rights.Holds(access.ViewRole)}
	view.Roles, view.Cut = bounded(v, id, "roles", held)
	if !mayChange || !view.Linked { // a role is found by its name
		return view, nil
	}
	names, err := s.roleNames(v)
	names = slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(held, func(r role.Held) bool { return r.Name == name })
	})
	view.For = lengths("role_for", r).chosen(v.PostForm.Get("role_for"))
	view.Give = &field{
		Name: "role", Label: "Give a role", Type: "text", Required: true, Autocomplete: "off", MaxLength: role.MaxName, Offers: names,
		Value: v.PostForm.Get("role"), Problems: r.of("role"), Focus: len(r.of("role")) > 0,
	}
	return view, err
}

// userGrantsView is the permissions that an account was granted itself.
type userGrantsView struct {
	Permissions []access.Grant
	Cut         cut
	MayRevoke   bool
	Grant       *field // nil for who may not grant any
	For         choice // how long it is granted for
}

func (s *Site) grantsOf(v *visit, direct []access.Grant, mayChange bool, r refusal) (userGrantsView, error) {
	view := userGrantsView{MayRevoke: mayChange}
	view.Permissions, view.Cut = bounded(v, ident.UserID(v.PathValue("id")), "permissions", direct)
	if !mayChange {
		return view, nil
	}
	names, err := s.permissionNames(v)
	names = slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(direct, func(g access.Grant) bool { return string(g.Permission) == name })
	})
	view.For = lengths("permission_for", r).chosen(v.PostForm.Get("permission_for"))
	view.Grant = &field{
		Name: "permission", Label: "Grant a permission", Type: "text", Required: true, Autocomplete: "off", MaxLength: access.MaxPermissionLen, Offers: names,
		Value: v.PostForm.Get("permission"), Problems: r.of("permission"), Focus: len(r.of("permission")) > 0,
	}
	return view, err
}

// permissionNames are names of permissions to offer, for those who may see them.
func (s *Site) permissionNames(v *visit) ([]string, error) {
	if !v.Who.Rights.Holds(access.ViewPermission) {
		return nil, nil
	}
	found, err := s.Roles.Permissions(v.Context(), v.Who, "", page.Request{Limit: offered})
	var names []string
	for _, p := range found.Items {
		if v.Who.Rights.Holds(p.Name) { // nobody gives what they do not hold
			names = append(names, string(p.Name))
		}
	}
	return names, err
}

// userWhyView is what an account holds in all, each with the ways by which it does.
type userWhyView struct {
	Permissions []access.Explained
	Linked      bool
	After       bool
	First, More string
}

func (s *Site) whyOf(v *visit, id ident.UserID) (userWhyView, error) {
	after, err := s.Cursors.Decode(whyList, v.URL.Query().Get("why"))
	if err != nil {
		return userWhyView{}, err
	}
	found, err := s.Roles.Explain(v.Context(), v.Who, id, page.Request{After: after, Limit: whyRows})
	if err != nil {
		return userWhyView{}, err
	}
	view := userWhyView{
		Permissions: found.Items, Linked: v.Who.Rights.Holds(access.ViewRole),
		After: !after.IsZero(), First: userAt(id) + "#why",
	}
	if next := s.Cursors.Encode(whyList, found.Next); next != "" {
		view.More = userAt(id) + "?why=" + next + "#why"
	}
	return view, nil
}

// lengths are how long something is given for. A length needs no time zone, which
// a page without script does not know.
func lengths(name string, r refusal) choice {
	return choice{Name: name, Label: "For how long", Problems: r.of(name), Options: []option{
		{Value: "", Label: "For good"}, {Value: "1h", Label: "1 hour"}, {Value: "8h", Label: "8 hours"}, {Value: "24h", Label: "1 day"},
		{Value: "168h", Label: "7 days"}, {Value: "720h", Label: "30 days"}, {Value: "2160h", Label: "90 days"}, {Value: "8760h", Label: "365 days"},
	}}
}

// untilOf reads a length from a form and returns when it is over; zero for never.
func (s *Site) untilOf(v *visit, name string) (time.Time, error) {
	asked := v.PostForm.Get(name)
	if !slices.ContainsFunc(lengths(name, refusal{}).Options, func(o option) bool { return o.Value == asked }) {
		return time.Time{}, errLength
	}
	if asked == "" {
		return time.Time{}, nil
	}
	length, err := time.ParseDuration(asked)
	return s.Now().Add(length), err
}

// errLength is the refusal of a length that no form of ours offers.
var errLength = fault.New(fault.Invalid, "form_length", "This is no length of time that can be chosen.")
