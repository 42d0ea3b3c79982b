package webui

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/countersign/countersign/internal/browser"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/web"
)

// signInView is the page of both sign-ins.
type signInView struct {
	Admin    bool
	Action   string // where the form goes, with its next
	General  string
	Fields   []field
	Register bool   // whether strangers may register
	Plain    string // set where no cookie is safe: where the page was opened
	Public   string // where it can be opened, "" when nobody knows
	As       string // who is signed in already, and is not staff
}

// showSignIn shows the form. Who is signed in goes on; who is, and is not staff, can
// sign in as somebody else.
func (s *Site) showSignIn(v *visit) (answer, error) {
	if v.visitor != nil && (v.route.area != adminArea || v.Who.Rights.Staff) {
		return moved{to: nextOf(v.URL.Query().Get("next"), v.route.area)}, nil
	}
	return s.signInPage(v, refusal{}), nil
}

func (s *Site) signInPage(v *visit, r refusal) shown {
	focus := "username"
	if r.Status != 0 { // the name is there again
		focus = "password"
	}
	view := signInView{
		Admin: v.route.area == adminArea, Action: v.route.area.signIn(), General: r.General,
		Register: s.Accounts.RegistrationOpen && v.route.area == accountArea,
		Fields: marked([]field{
			{Name: "username", Label: "Username", Type: "text", Value: v.PostForm.Get("username"), Autocomplete: "username", Required: true, MaxLength: 254},
			password("password", "Password", "current-password"),
		}, r, focus),
	}
	if next := v.URL.Query().Get("next"); next != "" { // and nothing else: a password may stand beside it
		view.Action += "?next=" + url.QueryEscape(next)
	}
	if v.openly() {
		view.Plain, view.Fields = "http://"+v.Host, nil
		if v.way == secureWay {
			view.Public = s.PublicURL
		}
	}
	if v.visitor != nil {
		view.As = v.visitor.User.Username
	}
	p := shown{name: "sign-in", title: "Sign in", body: view, status: r.Status}
	if view.Admin {
		p.title = "Sign in to the admin site"
	}
	return p
}

// postSignIn starts a session, whatever the browser held before: a cookie that was
// there at the sign-in is worth nothing after it.
func (s *Site) postSignIn(v *visit) (answer, error) {
	if v.openly() {
		return s.signInPage(v, refusal{Status: http.StatusForbidden}), nil
	}
	err := s.start(v, signin.BrowserSignIn{
		Login: v.PostForm.Get("username"), Password: secret.New(v.PostForm.Get("password")), Staff: v.route.area == adminArea,
	})
	if errors.Is(err, signin.ErrPasswordMustChange) {
		return moved{to: "/account/new-password", say: flash{Text: "You were given this password, so others know it. Choose one of your own first."}}, nil
	}
	if refused, ok := refusalOf(err); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		if errors.Is(err, signin.ErrBadCredentials) { // the dialect's sentence is for programs
			refused.General = "No active account has this username and password."
		}
		if refused.Status == http.StatusServiceUnavailable {
			v.out.Header().Set("Retry-After", "1")
		}
		return s.signInPage(v, refused), nil
	}
	if err != nil {
		return nil, err
	}
	return moved{to: nextOf(v.URL.Query().Get("next"), v.route.area)}, nil
}

// start signs in, gives the browser its cookie, and ends the session that it held.
func (s *Site) start(v *visit, in signin.BrowserSignIn) error {
	if err := s.Throttle.Admit(v.Who.Origin.IP); err != nil {
		return err
	}
	in.Idle, in.Lifetime = browser.Idle, browser.Lifetime
	started, err := s.SignIn.SignInBrowser(v.Context(), v.Who.Origin, in)
	if err != nil {
		return err
	}
	if v.visitor != nil {
		if err := s.Sessions.SignOutSession(v.Context(), v.Who, v.visitor.Session, session.SignedOut); err != nil {
			return err
		}
	}
	v.way.keepSession(v.out, s.Browsers.Cookie(started, started.CreatedAt).Reveal())
	return nil
}

// signOut ends the session. Signing out twice is no error.
func (s *Site) signOut(v *visit) (answer, error) {
	if v.visitor != nil {
		if err := s.Sessions.SignOut(v.Context(), v.Who); err != nil {
			return nil, err
		}
	}
	return s.gone(v, "You are signed out."), nil
}

// gone leads to the sign-in, without the cookie.
func (s *Site) gone(v *visit, text string) answer {
	v.way.dropSession(v.out)
	return moved{to: v.route.area.signIn(), say: flash{Text: text}}
}
