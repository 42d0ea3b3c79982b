package webui

import (
	"net/http"
	"slices"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
)

const (
	ownPermissions       = "site role permissions" // the lists that cursors are made for
	inheritedPermissions = "site role inherited"

	permissionsPerPage = 50
	inBranch           = 20 // permissions of an included role that the tree shows
	fewUses            = 20 // holders and roles that a page names
)

// roleView is the page of a role.
type roleView struct {
	Role       role.Role
	Path       string
	Gives      string
	Branches   []branchView
	Includers  usesView[role.Ref]
	Holders    *usesView[role.Holder] // nil for who may not see accounts
	Own        []access.Permission
	Inherited  []role.Source
	AllOwn     int
	AllInherit int

	MoreOwn, MoreInherited string // addresses of the next parts
	Later                  bool   // a list does not begin at its beginning

	MayChange, MayDelete, TooMuch bool

	Edit, Add, Include []field
	Audience           *choice // nil where there is none to make
	Problems           roleProblems
	Delete             roleDeletion
}

// branchView is an included role in the tree.
type branchView struct {
	Role        role.Role
	Count       string
	Permissions []access.Permission
	More        int // permissions that are not shown
	Repeated    bool
	Branches    []branchView
	Exclude     string // where it is excluded; "" for what another role includes
}

// usesView is the beginning of a list of who has something.
type usesView[T any] struct {
	role.Few[T]
	Total string // how many there are
	Left  bool   // there are more than those
}

// usesOf counts a list for people.
func usesOf[T any](few role.Few[T], thing string) usesView[T] {
	total := many(int(few.Count), thing)
	if few.More {
		total = "more than " + total
	}
	return usesView[T]{Few: few, Total: total, Left: few.More || int(few.Count) > len(few.First)}
}

// roleProblems are refusals that are about no field.
type roleProblems struct{ Edit, Add, Include string }

// roleDeletion is what is said before a role is deleted.
type roleDeletion struct {
	InUse   bool // somebody has it, or nobody may say so to this caller
	Open    bool
	Problem string
}

// roleTried is what the page was asked to do, and refused.
type roleTried struct{ edit, add, include, deletion refusal }

func (t roleTried) status() int {
	return max(t.edit.Status, t.add.Status, t.include.Status, t.deletion.Status)
}

func (s *Site) showRole(v *visit) (answer, error) { return s.rolePage(v, roleTried{}) }

// rolePage shows a role, with what was typed where that was refused.
func (s *Site) rolePage(v *visit, tried roleTried) (answer, error) {
	tree, err := s.Roles.Tree(v.Context(), v.Who, ident.RoleID(v.PathValue("id")))
	if err != nil {
		return nil, err
	}
	r := tree.Role
	within := v.Who.Rights.HoldsAll(r.Effective())
	view := roleView{
		Role: r, Path: rolePath(r), Gives: gives(r), AllOwn: len(r.Permissions), TooMuch: !within,
		MayChange: within && v.Who.Rights.Holds(access.ChangeRole), MayDelete: within && v.Who.Rights.Holds(access.DeleteRole),
		Problems: roleProblems{Edit: tried.edit.General, Add: tried.add.General, Include: tried.include.General},
	}
	for _, each := range tree.Branches {
		b := branchOf(each)
		b.Exclude = view.Path + "/includes/" + string(each.Role.ID) + "/remove"
		view.Branches = append(view.Branches, b)
	}
	if err := s.rolePermissions(v, &view, tree); err != nil {
		return nil, err
	}
	if err := s.roleUses(v, &view); err != nil {
		return nil, err
	}
	if view.MayChange {
		if err := s.roleForms(v, &view, tried); err != nil {
			return nil, err
		}
	}
	view.Delete = roleDeletion{
		InUse: view.Holders == nil || view.Holders.Count > 0 || view.Includers.Count > 0,
		Open:  tried.deletion.Status != 0, Problem: tried.deletion.General,
	}
	return shown{name: "role", title: r.Name, body: view, status: tried.status()}, nil
}

// branchOf is a part of the tree as it is shown.
func branchOf(b role.Branch) branchView {
	shown := min(inBranch, len(b.Role.Permissions))
	view := branchView{
		Role: b.Role, Repeated: b.Repeated, Count: many(len(b.Role.Permissions), "permission"),
		Permissions: b.Role.Permissions[:shown], More: len(b.Role.Permissions) - shown,
	}
	for _, each := range b.Branches {
		view.Branches = append(view.Branches, branchOf(each))
	}
	return view
}

// rolePermissions shows a part of the role's permissions, its own and inherited.
func (s *Site) rolePermissions(v *visit, view *roleView, tree role.Branch) error {
	own := nameList[access.Permission]{cursors: ownPermissions, asked: "own", all: view.Role.Permissions, name: func(p access.Permission) access.Permission { return p }}
	inherited := nameList[role.Source]{cursors: inheritedPermissions, asked: "inherited", all: tree.Sources(), name: func(f role.Source) access.Permission { return f.Permission }}
	view.AllInherit = len(inherited.all)
	var err error
	if view.Own, view.MoreOwn, err = own.part(s, v, view.Path); err != nil {
		return err
	}
	if view.Inherited, view.MoreInherited, err = inherited.part(s, v, view.Path); err != nil {
		return err
	}
	view.Later = v.URL.Query().Get(own.asked) != "" || v.URL.Query().Get(inherited.asked) != ""
	return nil
}

// nameList is a list by names that is known whole, and shown in parts.
type nameList[T any] struct {
	cursors string // the list that cursors are made for
	asked   string // the parameter that says after which name a part begins
	all     []T
	name    func(T) access.Permission
}

// part is what is shown of the list, and the address of the next part.
func (l nameList[T]) part(s *Site, v *visit, path string) (shown []T, more string, err error) {
	after, err := s.Cursors.Decode(l.cursors, v.URL.Query().Get(l.asked))
	if err != nil {
		return nil, "", err
	}
	from := slices.IndexFunc(l.all, func(each T) bool { return string(l.name(each)) > after.ID })
	if from < 0 {
		return nil, "", nil
	}
	shown = l.all[from:min(from+permissionsPerPage, len(l.all))]
	if from+len(shown) < len(l.all) {
		last := page.Position{ID: string(l.name(shown[len(shown)-1]))}
		more = path + "?" + l.asked + "=" + s.Cursors.Encode(l.cursors, last)
	}
	return shown, more, nil
}

// roleUses says who has the role, as far as the caller may know.
func (s *Site) roleUses(v *visit, view *roleView) error {
	roles, err := s.Roles.Includers(v.Context(), v.Who, view.Role.ID, fewUses)
	if err != nil {
		return err
	}
	view.Includers = usesOf(roles, "role")
	if !v.Who.Rights.Holds(access.ViewUser) {
		return nil
	}
	users, err := s.Roles.Holders(v.Context(), v.Who, view.Role.ID, fewUses)
	view.Holders = new(usesOf(users, "user"))
	return err
}

// roleForms are the forms for who may change the role.
func (s *Site) roleForms(v *visit, view *roleView, tried roleTried) error {
	names, err := s.roleNames(v)
	if err != nil {
		return err
	}
	givable, _, err := s.Roles.Givable(v.Context(), v.Who, offered)
	if err != nil {
		return err
	}
	typed := func(r refusal, name, otherwise string) string {
		if r.Status != 0 {
			return v.PostForm.Get(name)
		}
		return otherwise
	}
	view.Edit = roleFields(view.Role.Name, view.Role.Description)
	for i, f := range view.Edit {
		view.Edit[i].Value = typed(tried.edit, f.Name, f.Value)
		if view.Edit[i].Value != f.Value {
			view.Edit[i].Hint = storedNow(f.Value)
		}
	}
	view.Edit = marked(view.Edit, tried.edit, "")
	view.Audience = s.audienceChoice(view.Role.Audience, tried.edit)
	if view.Audience != nil && tried.edit.Status != 0 && tried.edit.Status != http.StatusPreconditionFailed {
		view.Audience = new(view.Audience.chosen(v.PostForm.Get(audienceField)))
	}
	view.Add = marked([]field{{
		Name: pickField, Label: "Add permissions", Type: "text", Value: typed(tried.add, pickField, ""), Required: true,
		Hint: "One or several, apart by spaces.", Offers: permissionOffers(givable, view.Role.Permissions),
	}}, tried.add, "")
	view.Include = marked([]field{{
		Name: "role", Label: "Include another role", Type: "text", Value: typed(tried.include, "role", ""), Required: true,
		Hint: "Whoever has this role then has the other one too.", MaxLength: role.MaxName,
		Offers: slices.DeleteFunc(names, func(name string) bool { return name == view.Role.Name }),
	}}, tried.include, "")
	return nil
}

// storedNow is said beside something that was typed and not kept.
func storedNow(value string) string {
	if value == "" {
		return "Nothing is stored now."
	}
	return "Stored now: " + legible(value)
}

// roleFields are what a role is called.
func roleFields(name, description string) []field {
	return []field{
		{Name: "name", Label: "Name", Type: "text", Value: name, Required: true, MaxLength: role.MaxName},
		{Name: "description", Label: "Description", Type: "text", Value: description, Optional: true, MaxLength: role.MaxDescription},
	}
}

// permissionOffers are the names to offer, without those that are there already.
func permissionOffers(all, without []access.Permission) []string {
	var names []string
	for _, p := range all {
		if _, has := slices.BinarySearch(without, p); !has {
			names = append(names, string(p))
		}
	}
	return names
}
