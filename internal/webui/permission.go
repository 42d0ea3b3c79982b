package webui

import (
	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/web"
)

// permissionView is the page of a permission.
type permissionView struct {
	permissionRow
	Roles   *usesView[role.Ref]    // nil for who may not see roles
	Holders *usesView[role.Holder] // nil for who may not see accounts

	MayChange, MayDelete bool
	NotHeld              bool // it could be deleted, by somebody who holds it
	Form                 []field
	Problem              string
}

func (s *Site) showPermission(v *visit) (answer, error) { return s.permissionPage(v, refusal{}) }

// permissionPage shows a permission, and the form with what was typed.
func (s *Site) permissionPage(v *visit, r refusal) (answer, error) {
	p, err := s.Roles.Permission(v.Context(), v.Who, access.Permission(v.PathValue("name")))
	if err != nil {
		return nil, err
	}
	rights := v.Who.Rights
	view := permissionView{permissionRow: permissionRowOf(p), Problem: r.General}
	view.MayChange = !view.BuiltIn && rights.Holds(access.ChangePermission)
	deletes := !view.BuiltIn && rights.Holds(access.DeletePermission)
	view.MayDelete, view.NotHeld = deletes && rights.Holds(p.Name), deletes && !rights.Holds(p.Name)
	description := p.Description
	if v.PostForm.Has("description") {
		description = v.PostForm.Get("description")
	}
	view.Form = marked([]field{{
		Name: "description", Label: "What it allows", Type: "text", Value: description, Optional: true, MaxLength: role.MaxDescription,
	}}, r, "")
	if rights.Holds(access.ViewRole) {
		found, err := s.Roles.PermissionRoles(v.Context(), v.Who, p.Name, fewUses)
		if err != nil {
			return nil, err
		}
		view.Roles = new(usesOf(found, "role"))
	}
	if rights.Holds(access.ViewUser) {
		found, err := s.Roles.PermissionHolders(v.Context(), v.Who, p.Name, fewUses)
		if err != nil {
			return nil, err
		}
		view.Holders = new(usesOf(found, "user"))
	}
	return shown{name: "permission", title: string(p.Name), body: view, status: r.Status}, nil
}

func (s *Site) describePermission(v *visit) (answer, error) {
	p, err := s.Roles.UpdatePermission(v.Context(), v.Who, access.Permission(v.PathValue("name")), v.PostForm.Get("description"))
	if refused, ok := refusalOf(err); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.permissionPage(v, refused)
	}
	if err != nil {
		return nil, err
	}
	return moved{to: permissionRowOf(p).Path, say: flash{Text: "The description is saved."}}, nil
}

func (s *Site) deletePermission(v *visit) (answer, error) {
	name := access.Permission(v.PathValue("name"))
	err := s.Roles.DeletePermission(v.Context(), v.Who, name)
	if refused, ok := refusalOf(err); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.permissionPage(v, refused)
	}
	if err != nil {
		return nil, err
	}
	return moved{to: permissionsPath, say: flash{Text: string(name) + " is deleted. Nobody holds it any more. " + s.SignIn.AfterLoss()}}, nil
}
