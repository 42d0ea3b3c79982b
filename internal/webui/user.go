package webui

import (
	"errors"
	"net/url"
	"strconv"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
)

// userView is the page of one account. What the caller may not see or do is nil,
// or empty: the use cases decide, and the page offers nothing that they refuse.
type userView struct {
	User    user.User
	Self    bool
	Problem string

	MayChange, MayDelete bool
	Above                bool // they hold something that the caller does not

	Profile []field
	Version string // as it was read: what is changed is this
	Flags   []flagView
	Confirm field // what is typed before the account is deleted

	Roles       userRolesView
	Permissions userGrantsView
	Why         userWhyView
	Token       *userTokenView
	Sessions    *userSessionsView
	Events      *userEventsView
}

// attempt is what was refused on the page, with what was typed.
type attempt struct {
	refused refusal
	typed   url.Values // of the profile; nil for what is stored
}

func (s *Site) showUser(v *visit) (answer, error) { return s.userPage(v, attempt{}) }

// userPage reads everything about the account of the address that the caller may see.
func (s *Site) userPage(v *visit, at attempt) (answer, error) {
	id := ident.UserID(v.PathValue("id"))
	u, err := s.Accounts.User(v.Context(), v.Who, id)
	if err != nil {
		return nil, err
	}
	direct, rights, err := s.Roles.UserPermissions(v.Context(), v.Who, id)
	if err != nil {
		return nil, err
	}
	view := userView{
		User: u, Self: id == v.Who.UserID, Problem: at.refused.General, Version: strconv.FormatInt(u.Version, 10),
		MayChange: v.over(access.ChangeUser, id, rights), MayDelete: v.over(access.DeleteUser, id, rights),
		Above: v.Who.RequireOver(id, rights) != nil,
	}
	if view.MayChange {
		view.Profile, view.Flags = profileFields(u, at), flagsOf(v, u)
	}
	view.Confirm = field{Name: "confirm", Label: "The username, to confirm", Type: "text", Required: true, Autocomplete: "off", Problems: at.refused.of("confirm"), Focus: len(at.refused.of("confirm")) > 0}
	if view.Roles, err = s.rolesOf(v, id, view.MayChange, at.refused); err != nil {
		return nil, err
	}
	if view.Permissions, err = s.grantsOf(v, direct, view.MayChange, at.refused); err != nil {
		return nil, err
	}
	if view.Why, err = s.whyOf(v, id); err != nil {
		return nil, err
	}
	if view.Token, err = s.tokenOf(v, id); err != nil {
		return nil, err
	}
	if view.Sessions, err = s.sessionsOf(v, id, rights); err != nil {
		return nil, err
	}
	if view.Events, err = s.eventsOf(v, id); err != nil {
		return nil, err
	}
	return shown{name: "user", title: u.Username, body: view, status: at.refused.Status}, nil
}

// userAt is the address of an account's page.
func userAt(id ident.UserID) string { return "/admin/users/" + string(id) }

// profileFields are what an administrator edits. Where something else was typed than
// is stored, what is stored stands beside it.
func profileFields(u user.User, at attempt) []field {
	fields := []field{
		{Name: "username", Label: "Username", Type: "text", Value: u.Username, Autocomplete: "off", Required: true, MaxLength: user.MaxUsername},
		{Name: "email", Label: "Email", Type: "email", Value: u.Email, Autocomplete: "off", Optional: true, MaxLength: user.MaxEmail},
		{Name: "first_name", Label: "First name", Type: "text", Value: u.FirstName, Autocomplete: "off", Optional: true, MaxLength: user.MaxName},
		{Name: "last_name", Label: "Last name", Type: "text", Value: u.LastName, Autocomplete: "off", Optional: true, MaxLength: user.MaxName},
	}
	for i, f := range fields {
		typed := at.typed.Get(f.Name)
		if at.typed == nil || typed == f.Value {
			continue
		}
		fields[i].Hint, fields[i].Value = "Stored now: "+legible(f.Value), typed
		if f.Value == "" {
			fields[i].Hint = "Nothing is stored now."
		}
	}
	return marked(fields, at.refused, "")
}

// flagView is a flag that the caller may give or take.
type flagView struct {
	Name, Give      string
	Summary, Button string
	Says            string
}

// flagsOf are the changes of flags that the caller may make: nobody gives what they
// do not have.
func flagsOf(v *visit, u user.User) []flagView {
	var all []flagView
	switch {
	case u.Staff:
		all = append(all, flagView{"staff", "no", "Take the admin site away", "Remove staff", "They cannot use this site any more. Roles and permissions stay."})
	default:
		all = append(all, flagView{"staff", "yes", "Let them use the admin site", "Make staff", "Staff sign in here. What they can see and do depends on what they hold."})
	}
	switch {
	case u.Superuser:
		all = append(all, flagView{"superuser", "no", "Make an ordinary user of this superuser", "Remove superuser", "They keep what roles and grants give them. One active superuser is left in any case."})
	case v.Who.Rights.Superuser:
		all = append(all, flagView{"superuser", "yes", "Make a superuser of this user", "Make superuser", "A superuser holds every permission and can change everybody, you too."})
	}
	return all
}

const msgStale = "Somebody changed this user meanwhile, and nothing was saved. Look at what is stored now, and do it again if it is still right."

// refusedOnUser shows a refusal on the account's page; that of the attempt, if it
// has one. What is no answer to a form is the answer itself.
func (s *Site) refusedOnUser(v *visit, err error, at attempt) (answer, error) {
	f := fault.Of(err)
	if f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable || errors.Is(err, user.ErrNotFound) || errors.Is(err, access.ErrForbidden) {
		return nil, err
	}
	if at.refused.Status == 0 {
		at.refused = refusal{Status: statuses[f.Kind].code, Fields: f.Fields}
		if len(f.Fields) == 0 {
			at.refused.General = f.Public
		}
	}
	if errors.Is(err, user.ErrVersion) {
		at.refused.General = msgStale
	}
	page, unseen := s.userPage(v, at)
	if unseen != nil { // who may change and not see
		return nil, err
	}
	web.Note(v.Context()).SetError(err)
	return page, nil
}
