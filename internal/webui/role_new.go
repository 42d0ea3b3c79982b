package webui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/web"
)

const (
	pickField = "permissions" // where names of permissions are typed
	boxField  = "permission"  // the boxes of those that are listed

	// boxes is how many permissions are listed to be ticked. Of more, the names are
	// typed: a list of thousands finds nothing, and a form has its limit.
	boxes = 300

	// maxPicked is how many permissions one form takes, as the API does.
	maxPicked = 500

	// saidNames is how many names a problem lists.
	saidNames = 5
)

// errPicked is the refusal of names of permissions that were typed.
var errPicked = fault.New(fault.Invalid, "permissions_wrong", "These permissions cannot be taken.")

// newRoleView is the form of a role that is to be made.
type newRoleView struct {
	Fields   []field
	Audience *choice // nil where there is none to make
	Problem  string
	Groups   []pickGroup
	More     bool  // not all are listed
	Listed   bool  // the caller may look at the list of all
	Names    field // of permissions, typed
}

// pickGroup is the permissions of one application.
type pickGroup struct {
	App    string
	Boxes  []pickBox
	Ticked int
}

// pickBox is one permission.
type pickBox struct {
	Name        access.Permission
	App, Action string // the parts of the name
	Ticked      bool
}

func (s *Site) showNewRole(v *visit) (answer, error) { return s.newRolePage(v, refusal{}) }

// newRolePage shows the form with what was typed.
func (s *Site) newRolePage(v *visit, r refusal) (answer, error) {
	all, more, err := s.Roles.Givable(v.Context(), v.Who, boxes)
	if err != nil {
		return nil, err
	}
	names := field{
		Name: pickField, Label: "More permissions, by name", Value: v.PostForm.Get(pickField), Optional: true,
		Hint: "Names like shop.read, apart by spaces or lines.", Problems: r.of(pickField),
	}
	view := newRoleView{
		Fields:  marked(roleFields(v.PostForm.Get("name"), v.PostForm.Get("description")), r, "name"),
		Problem: r.General, More: more, Listed: v.Who.Rights.Holds(access.ViewPermission), Names: names, Groups: groups(all, v.PostForm[boxField]),
	}
	if c := s.audienceChoice("", r); c != nil {
		view.Audience = new(c.chosen(v.PostForm.Get(audienceField)))
	}
	if len(view.Groups) == 0 {
		view.Names.Label = "Permissions, by name"
	}
	return shown{name: "role-new", title: "New role", body: view, status: r.Status}, nil
}

// groups puts permissions, which are sorted, together by application.
func groups(all []access.Permission, ticked []string) []pickGroup {
	var found []pickGroup
	for _, p := range all {
		app, action, _ := strings.Cut(string(p), ".")
		if len(found) == 0 || found[len(found)-1].App != app {
			found = append(found, pickGroup{App: app})
		}
		g := &found[len(found)-1]
		box := pickBox{Name: p, App: app, Action: action, Ticked: slices.Contains(ticked, string(p))}
		g.Boxes = append(g.Boxes, box)
		if box.Ticked {
			g.Ticked++
		}
	}
	return found
}

func (s *Site) postNewRole(v *visit) (answer, error) {
	draft := role.Draft{Name: v.PostForm.Get("name"), Description: v.PostForm.Get("description"), Audience: v.PostForm.Get(audienceField)}
	var err error
	var r role.Role
	if draft.Permissions, err = s.picked(v); err == nil {
		r, err = s.Roles.Create(v.Context(), v.Who, draft)
	}
	refused, ok := beside(given(v, err, draft.Permissions), pickField, access.ErrGivesMore, access.ErrGivesLonger, role.ErrPermissionNotFound)
	if errors.Is(err, role.ErrNameTaken) {
		refused, ok = beside(err, "name", role.ErrNameTaken)
	}
	if err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.newRolePage(v, refused)
	}
	if err != nil {
		return nil, err
	}
	return s.made(v, r), nil
}

// made leads to a new role, or to where the caller may go.
func (s *Site) made(v *visit, r role.Role) answer {
	say := flash{Text: fmt.Sprintf("The role %s is created.", legible(r.Name))}
	if v.Who.Rights.Holds(access.ViewRole) {
		return moved{to: rolePath(r), say: say}
	}
	return moved{to: rolesPath + "/new", say: say}
}

// picked reads the permissions of a form, ticked and typed, each once. It returns
// errPicked with what is wrong beside the field of names.
func (s *Site) picked(v *visit) ([]access.Permission, error) {
	apart := func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }
	var all []access.Permission
	var wrong []string
	for _, name := range append(slices.Clone(v.PostForm[boxField]), strings.FieldsFunc(v.PostForm.Get(pickField), apart)...) {
		p, err := access.ParsePermission(name)
		switch {
		case err != nil:
			wrong = append(wrong, name)
		case !slices.Contains(all, p):
			all = append(all, p)
		}
		if len(all)+len(wrong) > maxPicked {
			return nil, errPicked.WithField(pickField, fmt.Sprintf("At most %d permissions at once.", maxPicked))
		}
	}
	if len(wrong) > 0 {
		return nil, errPicked.WithField(pickField, fmt.Sprintf("A permission is named app.action. This is no name of one: %s.", said(wrong)))
	}
	unknown, err := s.Roles.Undeclared(v.Context(), v.Who, all)
	if err == nil && len(unknown) > 0 {
		err = errPicked.WithField(pickField, fmt.Sprintf("Not declared: %s.", said(unknown)))
	}
	return all, err
}

// given says beside the names which of them the caller does not hold, when that is
// why they cannot be given.
func given(v *visit, err error, all []access.Permission) error {
	if !errors.Is(err, access.ErrGivesMore) {
		return err
	}
	lacks := slices.DeleteFunc(slices.Clone(all), v.Who.Rights.Holds)
	return access.ErrGivesMore.WithField(pickField, fmt.Sprintf("You can only give what you hold yourself. You do not hold: %s.", said(lacks)))
}

// said lists the first few of some names.
func said[T ~string](names []T) string {
	var text []string
	for _, name := range names[:min(saidNames, len(names))] {
		short := []rune(string(name))
		if len(short) > access.MaxPermissionLen {
			short = append(short[:access.MaxPermissionLen], '…')
		}
		text = append(text, legible(string(short)))
	}
	list := strings.Join(text, ", ")
	if left := len(names) - saidNames; left > 0 {
		list += fmt.Sprintf(" and %d more", left)
	}
	return list
}
