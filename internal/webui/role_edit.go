package webui

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/web"
)

// beside takes a failure apart for a form, as refusalOf does. Those that are named
// stand beside a field, whatever their kind: that what was typed there does not
// exist, or may not be given, does not speak of the page.
func beside(err error, field string, named ...error) (refusal, bool) {
	f := fault.Of(err)
	if f == nil || !slices.ContainsFunc(named, func(each error) bool { return errors.Is(f, each) }) {
		return refusalOf(err)
	}
	r := refusal{Status: statuses[f.Kind].code, Fields: f.Fields}
	if len(f.Fields) == 0 {
		r.Fields = map[string][]string{field: {f.Public}}
	}
	return r, true
}

const msgRoleStale = "Somebody changed this role meanwhile, and nothing was saved. Look at what is stored now, and do it again if it is still right."

// errRoleVersionField is the refusal of a form that no page of ours sends.
var errRoleVersionField = fault.New(fault.Invalid, "form_version", "This form does not say which state of the role it changes. Open the page again.")

// editRole changes what a role is called and bound to, if nobody changed it since the
// page was shown.
func (s *Site) editRole(v *visit) (answer, error) {
	var seen []int64 // none matches nothing, after it is decided who may ask
	version, unread := strconv.ParseInt(v.PostForm.Get("version"), 10, 64)
	if unread == nil {
		seen = append(seen, version)
	}
	name, description := v.PostForm.Get("name"), v.PostForm.Get("description")
	change := role.Change{Name: &name, Description: &description}
	if v.PostForm.Has(audienceField) { // the form has it where there is a choice
		change.Audience = new(v.PostForm.Get(audienceField))
	}
	r, err := s.Roles.IfVersion(seen...).Update(v.Context(), v.Who, ident.RoleID(v.PathValue("id")), change)
	if unread != nil && errors.Is(err, role.ErrVersion) {
		return nil, errRoleVersionField.Because(unread)
	}
	if refused, ok := beside(err, "name", role.ErrNameTaken); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		if errors.Is(err, role.ErrVersion) {
			refused.General = msgRoleStale
		}
		return s.rolePage(v, roleTried{edit: refused})
	}
	if err != nil {
		return nil, err
	}
	return moved{to: rolePath(r), say: flash{Text: fmt.Sprintf("The role %s is saved.", legible(r.Name))}}, nil
}

// addPermissions adds what is named to a role, all or nothing.
func (s *Site) addPermissions(v *visit) (answer, error) {
	id := ident.RoleID(v.PathValue("id"))
	all, err := s.picked(v)
	if err == nil && len(all) == 0 {
		err = errPicked.WithField(pickField, "Name a permission.")
	}
	if err == nil {
		err = s.Roles.GrantToRole(v.Context(), v.Who, id, all...)
	}
	if refused, ok := beside(given(v, err, all), pickField, access.ErrGivesMore, access.ErrGivesLonger, role.ErrPermissionNotFound); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.rolePage(v, roleTried{add: refused})
	}
	if err != nil {
		return nil, err
	}
	say := many(len(all), "permission") + " are added."
	if len(all) == 1 {
		say = string(all[0]) + " is added."
	}
	return moved{to: rolesPath + "/" + string(id), say: flash{Text: say}}, nil
}

// addPermission takes a removal back.
func (s *Site) addPermission(v *visit) (answer, error) {
	id, p, err := permissionOfRole(v)
	if err == nil {
		err = s.Roles.GrantToRole(v.Context(), v.Who, id, p)
	}
	if err != nil {
		return nil, err
	}
	return moved{to: rolesPath + "/" + string(id), say: flash{Text: string(p) + " is added."}}, nil
}

func (s *Site) removePermission(v *visit) (answer, error) {
	id, p, err := permissionOfRole(v)
	if err == nil {
		err = s.Roles.RevokeFromRole(v.Context(), v.Who, id, p)
	}
	if err != nil {
		return nil, err
	}
	at := rolesPath + "/" + string(id)
	return moved{to: at, say: flash{
		Text: string(p) + " is taken away, from everybody who has it by this role. " + s.SignIn.AfterLoss(), Undo: at + "/permissions/" + string(p) + "/add", UndoLabel: "Give it back",
	}}, nil
}

func permissionOfRole(v *visit) (ident.RoleID, access.Permission, error) {
	p, err := access.ParsePermission(v.PathValue("permission"))
	return ident.RoleID(v.PathValue("id")), p, err
}

// errRoleUnknown is said of a name that was typed.
var errRoleUnknown = fault.New(fault.Invalid, "role_unknown", msgRole)

// includeNamed includes the role whose name was typed.
func (s *Site) includeNamed(v *visit) (answer, error) {
	id := ident.RoleID(v.PathValue("id"))
	other, err := s.roleNamed(v, v.PostForm.Get("role"))
	if errors.Is(err, role.ErrNotFound) {
		err = errRoleUnknown
	}
	if err == nil {
		err = s.Roles.Include(v.Context(), v.Who, role.Inclusion{Role: id, Included: other.ID})
	}
	refused, ok := beside(err, "role", errRoleUnknown, access.ErrGivesMore, access.ErrGivesLonger, role.ErrCycle, role.ErrTooDeep, role.ErrTooMany, role.ErrTooWide)
	if err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.rolePage(v, roleTried{include: refused})
	}
	if err != nil {
		return nil, err
	}
	return included(id, other), nil
}

// included says that a role includes another one.
func included(id ident.RoleID, other role.Role) answer {
	return moved{to: rolesPath + "/" + string(id), say: flash{Text: legible(other.Name) + " is included."}}
}

// include takes an exclusion back.
func (s *Site) include(v *visit) (answer, error) {
	e, other, err := s.inclusion(v)
	if err == nil {
		err = s.Roles.Include(v.Context(), v.Who, e)
	}
	if err != nil {
		return nil, err
	}
	return included(e.Role, other), nil
}

func (s *Site) exclude(v *visit) (answer, error) {
	e, other, err := s.inclusion(v)
	if err == nil {
		err = s.Roles.Exclude(v.Context(), v.Who, e)
	}
	if err != nil {
		return nil, err
	}
	at := rolesPath + "/" + string(e.Role)
	return moved{to: at, say: flash{
		Text: legible(other.Name) + " is not included any more. " + s.SignIn.AfterLoss(), Undo: at + "/includes/" + string(e.Included) + "/add", UndoLabel: "Include it again",
	}}, nil
}

// inclusion is the one that the address names, with the role that is included.
func (s *Site) inclusion(v *visit) (role.Inclusion, role.Role, error) {
	e := role.Inclusion{Role: ident.RoleID(v.PathValue("id")), Included: ident.RoleID(v.PathValue("included"))}
	other, err := s.Roles.Role(v.Context(), v.Who, e.Included)
	return e, other, err
}

// deleteRole deletes a role; one that is in use only where that was ticked.
func (s *Site) deleteRole(v *visit) (answer, error) {
	r, err := s.Roles.Role(v.Context(), v.Who, ident.RoleID(v.PathValue("id")))
	if err != nil {
		return nil, err
	}
	remove := s.Roles.Delete
	if v.PostForm.Get("in_use") == "yes" {
		remove = s.Roles.DeleteInUse
	}
	err = remove(v.Context(), v.Who, r.ID)
	if refused, ok := refusalOf(err); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.rolePage(v, roleTried{deletion: refused})
	}
	if err != nil {
		return nil, err
	}
	return moved{to: rolesPath, say: flash{Text: fmt.Sprintf("The role %s is deleted. %s", legible(r.Name), s.SignIn.AfterLoss())}}, nil
}
