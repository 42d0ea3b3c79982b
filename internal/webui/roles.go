package webui

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
)

func (s *Site) roleRoutes() []route {
	to := func(needs access.Permission, pattern, page string, h handler) route {
		return route{pattern: pattern, area: adminArea, entry: staff, needs: needs, page: page, handle: h}
	}
	change := func(pattern string, h handler) route { return to(access.ChangeRole, pattern, "role", h) }
	give := func(pattern string, h handler) route { // to everybody who has the role
		rt := change(pattern, h)
		rt.recent = true
		return rt
	}
	return []route{
		to(access.ViewRole, "GET /admin/roles", "roles", s.showRoles),
		to(access.AddRole, "GET /admin/roles/new", "role-new", s.showNewRole),
		to(access.AddRole, "POST /admin/roles/new", "role-new", s.postNewRole),
		to(access.ViewRole, "GET /admin/roles/{id}", "role", s.showRole),
		change("POST /admin/roles/{id}", s.editRole),
		give("POST /admin/roles/{id}/permissions", s.addPermissions),
		give("POST /admin/roles/{id}/permissions/{permission}/add", s.addPermission),
		change("POST /admin/roles/{id}/permissions/{permission}/remove", s.removePermission),
		give("POST /admin/roles/{id}/includes", s.includeNamed),
		give("POST /admin/roles/{id}/includes/{included}/add", s.include),
		change("POST /admin/roles/{id}/includes/{included}/remove", s.exclude),
		{pattern: "POST /admin/roles/{id}/delete", area: adminArea, entry: staff, needs: access.DeleteRole, recent: true, page: "role", handle: s.deleteRole},
	}
}

const (
	siteRoles    = "site roles" // the list that cursors are made for
	rolesPath    = "/admin/roles"
	rolesPerPage = 25
)

// findView is the search above a list, and where its parts are.
type findView struct {
	Field       field
	Asked       bool   // something is searched for
	After       bool   // there is something before these
	First, More string // addresses of the list's beginning, and of its next part
}

// find is the search of a list at an address.
func find(v *visit, path string) findView {
	text := strings.TrimSpace(v.URL.Query().Get(askFind))
	f := findView{
		Field: field{Name: askFind, Label: "Part of the name", Type: "search", Value: text, MaxLength: maxFind},
		Asked: text != "", After: v.URL.Query().Get("after") != "", First: path,
	}
	if f.Asked {
		f.First += "?" + url.Values{askFind: {text}}.Encode()
	}
	return f
}

// next says where the list goes on, after a cursor; "" at its end.
func (f findView) next(cursor string) findView {
	if cursor != "" {
		sign := "?"
		if f.Asked {
			sign = "&"
		}
		f.More = f.First + sign + url.Values{"after": {cursor}}.Encode()
	}
	return f
}

// rolesView is the list.
type rolesView struct {
	Find   findView
	Roles  []roleRow
	MayAdd bool
}

// roleRow is one role of the list.
type roleRow struct {
	Path              string
	Name, Description string
	Gives, Audience   string
	Includes          []role.Ref
	MoreIncluded      int // that are not listed
}

// includedInRow is how many included roles a row of the list names.
const includedInRow = 6

func (s *Site) showRoles(v *visit) (answer, error) {
	after, err := s.Cursors.Decode(siteRoles, v.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	f := find(v, rolesPath)
	found, err := s.Roles.Roles(v.Context(), v.Who, f.Field.Value, page.Request{After: after, Limit: rolesPerPage})
	if err != nil {
		return nil, err
	}
	view := rolesView{Find: f.next(s.Cursors.Encode(siteRoles, found.Next)), MayAdd: v.Who.Rights.Holds(access.AddRole)}
	for _, r := range found.Items {
		shown := min(includedInRow, len(r.Includes))
		view.Roles = append(view.Roles, roleRow{
			Path: rolePath(r), Name: r.Name, Description: r.Description, Gives: gives(r), Audience: r.Audience,
			Includes: r.Includes[:shown], MoreIncluded: len(r.Includes) - shown,
		})
	}
	return shown{name: "roles", title: "Roles", body: view}, nil
}

// rolePath is where a role is.
func rolePath(r role.Role) string { return rolesPath + "/" + string(r.ID) }

// gives says how much a role gives.
func gives(r role.Role) string {
	switch own, all := len(r.Permissions), len(r.Effective()); {
	case all == 0:
		return "Gives nothing yet"
	case own == all:
		return "Gives " + many(all, "permission")
	case own == 0:
		return fmt.Sprintf("Gives %s, all by included roles", many(all, "permission"))
	default:
		return fmt.Sprintf("Gives %s, %s of its own", many(all, "permission"), number(int64(own)))
	}
}

// many counts things whose plural has an s.
func many(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return number(int64(n)) + " " + thing + "s"
}
