package webui

import (
	"strings"
	"unicode"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
)

func (s *Site) userRoutes() []route {
	view := func(pattern, page string, h handler) route {
		return route{pattern: pattern, area: adminArea, entry: staff, needs: access.ViewUser, page: page, handle: h}
	}
	add := func(pattern string, h handler) route {
		return route{pattern: pattern, area: adminArea, entry: staff, needs: access.AddUser, page: "user-new", handle: h}
	}
	change := func(pattern string, h handler) route {
		return route{pattern: pattern, area: adminArea, entry: staff, needs: access.ChangeUser, page: "user", handle: h}
	}
	end := func(pattern string, h handler) route {
		return route{pattern: pattern, area: adminArea, entry: staff, needs: access.EndSession, page: "user", handle: h}
	}
	again := func(rt route) route {
		rt.recent = true
		return rt
	}
	return []route{
		view("GET /admin/users", "users", s.showUsers),
		{pattern: "POST /admin/users/bulk", area: adminArea, entry: staff, needs: access.ChangeUser, page: "users-bulk", handle: s.bulkUsers},
		again(view("POST /admin/users/export", "confirm", s.exportUsers)),
		add("GET /admin/users/new", s.showNewUser),
		add("POST /admin/users/new", s.postNewUser),
		view("GET /admin/users/{id}", "user", s.showUser),
		change("POST /admin/users/{id}", s.editUser),
		change("POST /admin/users/{id}/disable", s.disableUser),
		change("POST /admin/users/{id}/enable", s.enableUser),
		again(change("POST /admin/users/{id}/flags", s.flagUser)),
		again(change("POST /admin/users/{id}/roles/give", s.giveRole)),
		change("POST /admin/users/{id}/roles/take", s.takeRole),
		again(change("POST /admin/users/{id}/permissions/grant", s.grantPermission)),
		change("POST /admin/users/{id}/permissions/revoke", s.revokePermission),
		end("POST /admin/users/{id}/sessions/end", s.endUserSession),
		end("POST /admin/users/{id}/sessions/end-all", s.endUserSessions),
		{pattern: "GET /admin/users/{id}/password", area: adminArea, entry: staff, needs: access.ChangeUser, page: "user-password", handle: s.showUserPassword},
		again(change("POST /admin/users/{id}/password/confirm", s.confirmUserPassword)),
		{pattern: "POST /admin/users/{id}/password", area: adminArea, entry: staff, needs: access.ChangeUser, page: "user-password", handle: s.postUserPassword},
		{pattern: "POST /admin/users/{id}/reset-link", area: adminArea, entry: staff, needs: access.ChangeUser, recent: true, page: "user-reset-link", handle: s.makeResetLink},
		{pattern: "POST /admin/users/{id}/delete", area: adminArea, entry: staff, needs: access.DeleteUser, recent: true, page: "user", handle: s.deleteUser},
	}
}

// usersPerPage is how many accounts the list shows at a time.
const usersPerPage = 50

// usersView is the list.
type usersView struct {
	Filter  usersFilterView
	Problem string
	Asked   string // the filter, for what comes back to the list

	Users          []user.User
	After          bool   // there is something before these
	First, More    string // addresses of the list's beginning, and of its next part
	MayAdd, MayAct bool
}

func (s *Site) showUsers(v *visit) (answer, error) {
	q := usersQueryOf(v.URL.Query())
	after, err := s.Cursors.Decode(q.list(), v.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	view := usersView{
		Asked: q.Encode(), After: !after.IsZero(), First: q.path(""),
		MayAdd: v.Who.Rights.Holds(access.AddUser), MayAct: v.Who.Rights.Holds(access.ChangeUser),
	}
	f, err := s.filter(v, q)
	refused, ok := refusalOf(err)
	switch {
	case err != nil && !ok:
		return nil, err
	case err != nil:
		web.Note(v.Context()).SetError(err)
		view.Problem = errFilter.Public
	default:
		found, err := s.Accounts.Users(v.Context(), v.Who, f, page.Request{After: after, Limit: usersPerPage})
		if err != nil {
			return nil, err
		}
		view.Users = found.Items
		if next := s.Cursors.Encode(q.list(), found.Next); next != "" {
			view.More = q.path(next)
		}
	}
	if view.Filter, err = s.usersFilter(v, q, refused); err != nil {
		return nil, err
	}
	return shown{name: "users", title: "Users", body: view, status: refused.Status}, nil
}

// legible returns a name as it can stand within a sentence: one that turns what
// stands around it is kept apart (Unicode Standard Annex 9, section 2.7).
func legible(name string) string {
	turns := func(r rune) bool {
		return unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Hebrew, unicode.Arabic)
	}
	if !strings.ContainsFunc(name, turns) {
		return name
	}
	const isolate, pop = "\u2068", "\u2069"
	return isolate + strings.NewReplacer(isolate, "", pop, "").Replace(name) + pop
}
