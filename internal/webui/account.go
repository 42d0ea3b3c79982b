package webui

import (
	"strings"
	"time"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
)

const (
	ownSessions = "own-sessions" // the list that cursors are made for
	perPage     = 10
)

// accountView is a person's own page.
type accountView struct {
	Username string
	Joined   time.Time
	Roles    []string

	Profile, Password               []field
	ProfileProblem, PasswordProblem string

	Sessions []sessionView
	More     string // the address of the next part of the list, "" at its end
}

// sessionView is one device.
type sessionView struct {
	ID                string
	Agent, IP         string
	Current           bool
	SignedIn, LastUse time.Time
}

// refusals are what is wrong with the forms of the page.
type refusals struct{ profile, password refusal }

func (s *Site) showAccount(v *visit) (answer, error) {
	return s.accountPage(v, v.visitor.User, refusals{})
}

// accountPage shows the forms with what the account is, or was to become.
func (s *Site) accountPage(v *visit, u user.User, r refusals) (answer, error) {
	after, err := s.Cursors.Decode(ownSessions, v.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	found, err := s.Sessions.Own(v.Context(), v.Who, page.Request{After: after, Limit: perPage})
	if err != nil {
		return nil, err
	}
	view := accountView{
		Username: u.Username, Joined: u.JoinedAt, Roles: v.Who.Rights.Roles,
		ProfileProblem: r.profile.General, PasswordProblem: r.password.General,
		Profile: marked([]field{
			{Name: "first_name", Label: "First name", Type: "text", Value: u.FirstName, Autocomplete: "given-name", Optional: true, MaxLength: 150},
			{Name: "last_name", Label: "Last name", Type: "text", Value: u.LastName, Autocomplete: "family-name", Optional: true, MaxLength: 150},
			{Name: "email", Label: "Email", Type: "email", Value: u.Email, Autocomplete: "email", Optional: true, MaxLength: 254},
		}, r.profile, ""),
		Password: marked(passwordFields(), r.password, ""),
	}
	if after.IsZero() { // this device stands first, however old it is
		view.Sessions = append(view.Sessions, sessionOf(v.visitor.Session, v.Who.Session))
	}
	for _, each := range found.Items {
		if each.ID != v.Who.Session {
			view.Sessions = append(view.Sessions, sessionOf(each, v.Who.Session))
		}
	}
	if next := s.Cursors.Encode(ownSessions, found.Next); next != "" {
		view.More = "/account/?after=" + next
	}
	return shown{name: "account", title: "Your account", body: view, status: max(r.profile.Status, r.password.Status)}, nil
}

func passwordFields() []field {
	next := password("new_password", "New password", "new-password")
	next.Hint = hintPassword
	return []field{
		password("current_password", "Current password", "current-password"), next,
		password("password_again", "New password, once more", "new-password"),
	}
}

func sessionOf(of session.Session, here ident.SessionID) sessionView {
	return sessionView{
		ID: string(of.ID), Agent: of.RotatedAgent, IP: of.RotatedIP, Current: of.ID == here,
		SignedIn: of.CreatedAt, LastUse: of.RotatedAt,
	}
}

func (s *Site) postProfile(v *visit) (answer, error) {
	email, first, last := v.PostForm.Get("email"), v.PostForm.Get("first_name"), v.PostForm.Get("last_name")
	_, err := s.Accounts.UpdateSelf(v.Context(), v.Who, account.Change{Email: &email, FirstName: &first, LastName: &last})
	if refused, ok := refusalOf(err); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		u := v.visitor.User
		u.Email, u.FirstName, u.LastName = email, first, last
		return s.accountPage(v, u, refusals{profile: refused})
	}
	if err != nil {
		return nil, err
	}
	return moved{to: accountArea.home(), say: flash{Text: "Your profile is saved."}}, nil
}

// postPassword changes the password, which ends every session, and starts a new one
// here: who changes it goes on where they are, and nobody else does.
func (s *Site) postPassword(v *visit) (answer, error) {
	next := secret.New(v.PostForm.Get("new_password"))
	if !next.Equal(secret.New(v.PostForm.Get("password_again"))) {
		return s.accountPage(v, v.visitor.User, refusals{password: differ("password_again")})
	}
	err := s.Accounts.ChangePassword(v.Context(), v.Who, secret.New(v.PostForm.Get("current_password")), next)
	if refused, ok := refusalOf(err); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.accountPage(v, v.visitor.User, refusals{password: refused})
	}
	if err != nil {
		return nil, err
	}
	v.visitor = nil // its session has ended
	if err := s.start(v, signin.BrowserSignIn{Login: v.Who.Name, Password: next}); err != nil {
		web.Note(v.Context()).SetError(err)
		return s.gone(v, "Your password is changed. Sign in with the new one."), nil
	}
	return moved{to: accountArea.home(), say: flash{Text: "Your password is changed, and every other device is signed out."}}, nil
}

func (s *Site) endOwnSession(v *visit) (answer, error) {
	id := ident.SessionID(v.PathValue("id"))
	if err := s.Sessions.EndOwn(v.Context(), v.Who, id); err != nil {
		return nil, err
	}
	if id == v.Who.Session {
		return s.gone(v, "You are signed out."), nil
	}
	return moved{to: accountArea.home(), say: flash{Text: "That device is signed out."}}, nil
}

func (s *Site) signOutEverywhere(v *visit) (answer, error) {
	if err := s.Sessions.SignOutEverywhere(v.Context(), v.Who); err != nil {
		return nil, err
	}
	return s.gone(v, "You are signed out on every device."), nil
}

// deviceName says in a few words what a user agent is. It is a guess for people,
// and decides nothing.
func deviceName(agent string) string {
	pick := func(all [][2]string) string {
		for _, each := range all {
			if strings.Contains(agent, each[0]) {
				return each[1]
			}
		}
		return ""
	}
	program := pick([][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
		{"Go-http-client", "Go program"}, {"python", "Python program"}, {"PostmanRuntime", "Postman"},
	})
	system := pick([][2]string{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	})
	switch {
	case program == "" && system == "":
		return "Unknown device"
	case program == "":
		return system
	case system == "":
		return program
	}
	return program + " on " + system
}
