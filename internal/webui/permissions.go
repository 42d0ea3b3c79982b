package webui

import (
	"strings"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/web"
)

func (s *Site) permissionRoutes() []route {
	to := func(needs access.Permission, pattern, page string, h handler) route {
		return route{pattern: pattern, area: adminArea, entry: staff, needs: needs, page: page, handle: h}
	}
	return []route{
		to(access.ViewPermission, "GET /admin/permissions", "permissions", s.showPermissions),
		to(access.AddPermission, "POST /admin/permissions", "permissions", s.declarePermission),
		to(access.ViewPermission, "GET /admin/permissions/{name}", "permission", s.showPermission),
		to(access.ChangePermission, "POST /admin/permissions/{name}", "permission", s.describePermission),
		{pattern: "POST /admin/permissions/{name}/delete", area: adminArea, entry: staff, needs: access.DeletePermission, recent: true, page: "permission", handle: s.deletePermission},
	}
}

const (
	sitePermissions = "site permissions" // the list that cursors are made for
	permissionsPath = "/admin/permissions"
)

// permissionsView is the list, and the form that declares one more.
type permissionsView struct {
	Find        findView
	Permissions []permissionRow
	MayAdd      bool
	New         []field
	Problem     string
	Open        bool // the form
}

// permissionRow is one declared permission.
type permissionRow struct {
	role.Permission
	Path    string
	BuiltIn bool
}

func permissionRowOf(p role.Permission) permissionRow {
	return permissionRow{Permission: p, Path: permissionsPath + "/" + string(p.Name), BuiltIn: strings.HasPrefix(string(p.Name), role.BuiltIn)}
}

func (s *Site) showPermissions(v *visit) (answer, error) { return s.permissionsPage(v, refusal{}) }

// permissionsPage shows the list, and the form with what was typed.
func (s *Site) permissionsPage(v *visit, r refusal) (answer, error) {
	after, err := s.Cursors.Decode(sitePermissions, v.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	f := find(v, permissionsPath)
	found, err := s.Roles.Permissions(v.Context(), v.Who, f.Field.Value, page.Request{After: after, Limit: permissionsPerPage})
	if err != nil {
		return nil, err
	}
	view := permissionsView{
		Find: f.next(s.Cursors.Encode(sitePermissions, found.Next)), MayAdd: v.Who.Rights.Holds(access.AddPermission),
		Problem: r.General, Open: r.Status != 0,
		New: marked([]field{
			{Name: "name", Label: "Name", Type: "text", Value: v.PostForm.Get("name"), Required: true, MaxLength: access.MaxPermissionLen, Hint: "app.action, like shop.refund_order."},
			{Name: "description", Label: "Description", Type: "text", Value: v.PostForm.Get("description"), Optional: true, MaxLength: role.MaxDescription},
		}, r, ""),
	}
	for _, p := range found.Items {
		view.Permissions = append(view.Permissions, permissionRowOf(p))
	}
	return shown{name: "permissions", title: "Permissions", body: view, status: r.Status}, nil
}

func (s *Site) declarePermission(v *visit) (answer, error) {
	name := access.Permission(strings.TrimSpace(v.PostForm.Get("name")))
	p, err := s.Roles.CreatePermission(v.Context(), v.Who, role.Permission{Name: name, Description: v.PostForm.Get("description")})
	if refused, ok := beside(err, "name", role.ErrPermissionExists, role.ErrPermissionBuiltIn); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.permissionsPage(v, refused)
	}
	if err != nil {
		return nil, err
	}
	return moved{to: permissionRowOf(p).Path, say: flash{Text: string(p.Name) + " is declared. Nobody but superusers holds it yet."}}, nil
}
