package webui

import (
	"errors"
	"net/http"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
)

func (s *Site) resetRoutes() []route {
	const path = account.ResetPath + "{token}"
	return []route{
		{pattern: "GET " + path, area: accountArea, entry: anybody, secret: true, page: "reset", handle: s.showReset},
		{pattern: "POST " + path, area: accountArea, entry: anybody, secret: true, page: "reset", handle: s.postReset},
	}
}

// resetView is the page of a reset link.
type resetView struct {
	formView
	Live     bool // else the link does not work
	Username string
}

// resetToken is the link that a request is for.
func resetToken(v *visit) secret.Text { return secret.New(v.PathValue("token")) }

// showReset shows the form and changes nothing: what opens links before people do
// leaves them as they are.
func (s *Site) showReset(v *visit) (answer, error) {
	u, err := s.Accounts.ResetUser(v.Context(), resetToken(v))
	if err != nil {
		return deadLink(v, err)
	}
	return s.resetPage(v, u, refusal{}), nil
}

// deadLink is the page of a link that does not work, with one text whatever it lacks.
func deadLink(v *visit, err error) (answer, error) {
	if !errors.Is(err, account.ErrResetLink) {
		return nil, err
	}
	web.Note(v.Context()).SetError(err)
	view := resetView{formView: formView{General: account.ErrResetLink.Public}}
	return shown{name: "reset", title: "This link does not work", body: view, status: http.StatusNotFound}, nil
}

func (s *Site) resetPage(v *visit, u user.User, r refusal) answer {
	next := password("password", "New password", "new-password")
	next.Hint = hintPassword
	p := s.formPage(v, shown{name: "reset", title: "Choose a new password"}, r, marked([]field{
		next, password("password_again", "New password, once more", "new-password"),
	}, r, "password"))
	p.body = resetView{formView: p.body.(formView), Live: true, Username: u.Username}
	return p
}

// postReset sets the password, which ends the link and every session. Nobody is signed
// in by it: whoever has the new password signs in with it.
func (s *Site) postReset(v *visit) (answer, error) {
	if err := s.Throttle.Admit(v.Who.Origin.IP); err != nil {
		return nil, err
	}
	u, err := s.Accounts.ResetUser(v.Context(), resetToken(v)) // a dead link is one whatever was typed
	if err != nil {
		return deadLink(v, err)
	}
	if v.openly() {
		return s.resetPage(v, u, refusal{Status: http.StatusForbidden}), nil
	}
	next := secret.New(v.PostForm.Get("password"))
	if !next.Equal(secret.New(v.PostForm.Get("password_again"))) {
		return s.resetPage(v, u, differ("password_again")), nil
	}
	_, err = s.Accounts.ResetPassword(v.Context(), v.Who.Origin, resetToken(v), next)
	if refused, ok := refusalOf(err); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.resetPage(v, u, refused), nil
	}
	if err != nil {
		return deadLink(v, err)
	}
	return moved{to: accountArea.signIn(), say: flash{Text: "Your password is set, and every device is signed out. Sign in with the new one."}}, nil
}
