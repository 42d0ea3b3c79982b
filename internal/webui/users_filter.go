package webui

import (
	"maps"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

// The names of the filter's fields. They are those of the address of a list, so
// that it can be kept.
const (
	askFind      = "find"
	askAnywhere  = "anywhere"
	askState     = "state"
	askStaff     = "staff"
	askSuperuser = "superuser"
	askRole      = "role"
	askFrom      = "from"
	askUntil     = "until"
)

// maxFind is the longest text that is searched for, in code points.
const maxFind = 150

// offered is how many names a field offers to complete to at most.
const offered = 200

// errFilter is the refusal of a filter; its fields say what is wrong.
var errFilter = fault.New(fault.Invalid, "filter_invalid", "This filter cannot be used.")

const (
	msgChoice = "This is none of the choices."
	msgDate   = "This is no date: write it as 2026-01-31."
	msgFind   = "At most 150 characters are searched for."
	msgRole   = "There is no role of this name."
)

// usersQuery is a filter of the list, as it stands in the address.
type usersQuery struct{ url.Values }

// usersQueryOf keeps of an address what is a filter.
func usersQueryOf(asked url.Values) usersQuery {
	q := usersQuery{url.Values{}}
	for _, name := range []string{askFind, askAnywhere, askState, askStaff, askSuperuser, askRole, askFrom, askUntil} {
		if value := strings.TrimSpace(asked.Get(name)); value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// path is the address of the list with this filter, after a cursor.
func (q usersQuery) path(after string) string {
	asked := maps.Clone(q.Values)
	if after != "" {
		asked.Set("after", after)
	}
	if len(asked) == 0 {
		return "/admin/users"
	}
	return "/admin/users?" + asked.Encode()
}

// byName reports whether the list is in the order of the names.
func (q usersQuery) byName() bool { return q.Has(askFind) && !q.Has(askAnywhere) }

// list is the name of the list for cursors: each order has its own.
func (q usersQuery) list() string {
	if q.byName() {
		return "site users by name"
	}
	return "site users"
}

// narrow reports whether anything is asked for besides a name.
func (q usersQuery) narrow() bool {
	return q.Has(askState) || q.Has(askStaff) || q.Has(askSuperuser) || q.Has(askRole) || q.Has(askFrom) || q.Has(askUntil)
}

// filter reads the query. errFilter with the fields that are not right.
func (s *Site) filter(v *visit, q usersQuery) (user.Filter, error) {
	wrong := map[string]string{}
	f := user.Filter{
		Active:      q.flag(askState, "active", "disabled", wrong),
		Staff:       q.flag(askStaff, "yes", "no", wrong),
		Superuser:   q.flag(askSuperuser, "yes", "no", wrong),
		JoinedFrom:  q.day(askFrom, wrong),
		JoinedUntil: q.day(askUntil, wrong),
	}
	if !f.JoinedUntil.IsZero() {
		f.JoinedUntil = f.JoinedUntil.AddDate(0, 0, 1) // the day itself is meant too
	}
	if q.Has(askAnywhere) && q.Get(askAnywhere) != "yes" {
		wrong[askAnywhere] = msgChoice
	}
	switch find := q.Get(askFind); {
	case utf8.RuneCountInString(find) > maxFind:
		wrong[askFind] = msgFind
	case q.byName():
		f.UsernamePrefix = find
	default:
		f.Search = find
	}
	if name := q.Get(askRole); name != "" {
		r, err := s.roleNamed(v, name)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			wrong[askRole] = msgRole
		case err != nil:
			return user.Filter{}, err
		}
		f.Role = r.ID
	}
	if len(wrong) == 0 {
		return f, nil
	}
	refused := errFilter
	for name, text := range wrong {
		refused = refused.WithField(name, text)
	}
	return user.Filter{}, refused
}

// flag reads a choice of two; nil for neither.
func (q usersQuery) flag(name, yes, no string, wrong map[string]string) *bool {
	switch q.Get(name) {
	case "":
		return nil
	case yes:
		return new(true)
	case no:
		return new(false)
	}
	wrong[name] = msgChoice
	return nil
}

// day reads the first moment of a day.
func (q usersQuery) day(name string, wrong map[string]string) time.Time {
	text := q.Get(name)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil || at.Year() < 1 || at.Year() > 9998 {
		wrong[name] = msgDate
	}
	return at
}

// roleNamed returns the role of that name, else the one with that id. It needs
// access.ViewRole.
func (s *Site) roleNamed(v *visit, name string) (role.Role, error) {
	r, err := s.Roles.RoleByName(v.Context(), v.Who, name)
	if fault.KindOf(err) == fault.NotFound && ident.Valid(name) {
		return s.Roles.Role(v.Context(), v.Who, ident.RoleID(name))
	}
	return r, err
}

// roleNames are names of roles to offer, for those who may see them.
func (s *Site) roleNames(v *visit) ([]string, error) {
	if !v.Who.Rights.Holds(access.ViewRole) {
		return nil, nil
	}
	found, err := s.Roles.Roles(v.Context(), v.Who, "", page.Request{Limit: offered})
	names := make([]string, len(found.Items))
	for i, r := range found.Items {
		names[i] = r.Name
	}
	return names, err
}

// usersFilterView is the form above the list.
type usersFilterView struct {
	Find                    field
	Anywhere                choice
	Narrow                  bool   // the filters below are in use
	Elsewhere               string // the same search everywhere; "" where it was that
	State, Staff, Superuser choice
	Role                    *field // nil for who may not see roles
	From, Until             field
	Any                     bool // something is asked for
}

func (s *Site) usersFilter(v *visit, q usersQuery, r refusal) (usersFilterView, error) {
	names, err := s.roleNames(v)
	if err != nil {
		return usersFilterView{}, err
	}
	yesNo := func(name, label, yes, no string, values ...string) choice {
		c := choice{Name: name, Label: label, Problems: r.of(name), Options: []option{{Label: "All"}, {Value: values[0], Label: yes}, {Value: values[1], Label: no}}}
		return c.chosen(q.Get(name))
	}
	view := usersFilterView{
		Find: field{Name: askFind, Label: "Find a user", Type: "search", Value: q.Get(askFind), MaxLength: maxFind, Problems: r.of(askFind)},
		Anywhere: choice{Name: askAnywhere, Label: "Where to look", Options: []option{
			{Label: "How usernames begin"}, {Value: "yes", Label: "Anywhere in usernames, names and email"},
		}, Problems: r.of(askAnywhere)}.chosen(q.Get(askAnywhere)),
		Narrow:    q.narrow(),
		Any:       q.narrow() || q.Has(askFind),
		State:     yesNo(askState, "State", "Active", "Disabled", "active", "disabled"),
		Staff:     yesNo(askStaff, "Staff", "Staff", "Not staff", "yes", "no"),
		Superuser: yesNo(askSuperuser, "Superuser", "Superusers", "Not superusers", "yes", "no"),
		From:      field{Name: askFrom, Label: "Joined from", Type: "date", Value: q.Get(askFrom), Problems: r.of(askFrom)},
		Until:     field{Name: askUntil, Label: "Joined until", Type: "date", Value: q.Get(askUntil), Problems: r.of(askUntil)},
	}
	if v.Who.Rights.Holds(access.ViewRole) {
		view.Role = &field{Name: askRole, Label: "Role", Type: "text", Value: q.Get(askRole), MaxLength: role.MaxName, Problems: r.of(askRole), Offers: names}
	}
	if q.byName() {
		wider := usersQuery{maps.Clone(q.Values)}
		wider.Set(askAnywhere, "yes")
		view.Elsewhere = wider.path("")
	}
	return view, nil
}
