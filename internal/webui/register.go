package webui

import (
	"errors"
	"net/http"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/web"
)

// formView is a page that is one form.
type formView struct {
	General string
	Fields  []field
	Plain   string // as in signInView
	Public  string
}

const hintPassword = "A few words that only you would put together make a good one."

func (s *Site) formPage(v *visit, p shown, r refusal, fields []field) shown {
	view := formView{General: r.General, Fields: fields}
	if v.openly() {
		view.Plain, view.Fields = "http://"+v.Host, nil
		if v.way == secureWay {
			view.Public = s.PublicURL
		}
	}
	p.body, p.status = view, r.Status
	return p
}

func (s *Site) showRegister(v *visit) (answer, error) {
	if !s.Accounts.RegistrationOpen {
		return nil, account.ErrRegistrationClosed
	}
	if v.visitor != nil {
		return moved{to: accountArea.home()}, nil
	}
	return s.registerPage(v, refusal{}), nil
}

func (s *Site) registerPage(v *visit, r refusal) shown {
	secretField := password("password", "Password", "new-password")
	secretField.Hint = hintPassword
	return s.formPage(v, shown{name: "register", title: "Register"}, r, marked([]field{
		{Name: "username", Label: "Username", Type: "text", Value: v.PostForm.Get("username"), Autocomplete: "username", Required: true, MaxLength: 150},
		{Name: "email", Label: "Email", Type: "email", Value: v.PostForm.Get("email"), Autocomplete: "email", Optional: true, MaxLength: 254},
		secretField, password("password_again", "Password, once more", "new-password"),
	}, r, "username"))
}

// postRegister makes an account and signs it in.
func (s *Site) postRegister(v *visit) (answer, error) {
	if v.openly() {
		return s.registerPage(v, refusal{Status: http.StatusForbidden}), nil
	}
	plain := secret.New(v.PostForm.Get("password"))
	if s.Accounts.RegistrationOpen && !plain.Equal(secret.New(v.PostForm.Get("password_again"))) {
		return s.registerPage(v, differ("password_again")), nil
	}
	made, err := s.Accounts.Register(v.Context(), v.Who, account.Draft{
		Username: v.PostForm.Get("username"), Email: v.PostForm.Get("email"), Password: plain,
	})
	if refused, ok := refusalOf(err); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.registerPage(v, refused), nil
	}
	if err != nil {
		return nil, err
	}
	if err := s.start(v, signin.BrowserSignIn{Login: made.Username, Password: plain}); err != nil {
		web.Note(v.Context()).SetError(err)
		return moved{to: accountArea.signIn(), say: flash{Text: "Your account is there. Sign in to go on."}}, nil
	}
	return moved{to: accountArea.home(), say: flash{Text: "Welcome. Your account is ready."}}, nil
}

// differ is the refusal of a password that was typed twice, and not the same.
func differ(field string) refusal {
	return refusal{Status: http.StatusBadRequest, Fields: map[string][]string{field: {textSame}}}
}

func (s *Site) showNewPassword(v *visit) (answer, error) { return s.newPasswordPage(v, refusal{}), nil }

func (s *Site) newPasswordPage(v *visit, r refusal) shown {
	next := password("new_password", "New password", "new-password")
	next.Hint = hintPassword
	return s.formPage(v, shown{name: "new-password", title: "Choose a new password"}, r, marked([]field{
		{Name: "username", Label: "Username", Type: "text", Value: v.PostForm.Get("username"), Autocomplete: "username", Required: true, MaxLength: 254},
		password("password", "The password that you were given", "current-password"),
		next, password("password_again", "New password, once more", "new-password"),
	}, r, "username"))
}

// postNewPassword changes a password for the current one, without a session: what
// who was given a password does first.
func (s *Site) postNewPassword(v *visit) (answer, error) {
	if v.openly() {
		return s.newPasswordPage(v, refusal{Status: http.StatusForbidden}), nil
	}
	next := secret.New(v.PostForm.Get("new_password"))
	if !next.Equal(secret.New(v.PostForm.Get("password_again"))) {
		return s.newPasswordPage(v, differ("password_again")), nil
	}
	proof := account.Proof{Login: v.PostForm.Get("username"), Current: secret.New(v.PostForm.Get("password"))}
	err := s.Throttle.Admit(v.Who.Origin.IP)
	if err == nil {
		err = s.Accounts.ChangeProvenPassword(v.Context(), v.Who.Origin, proof, next)
	}
	if refused, ok := refusalOf(err); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return s.newPasswordPage(v, refused), nil
	}
	if err != nil {
		return nil, err
	}
	err = s.start(v, signin.BrowserSignIn{Login: proof.Login, Password: next})
	if err != nil && !errors.Is(err, signin.ErrBadCredentials) {
		web.Note(v.Context()).SetError(err)
	}
	if err != nil {
		return moved{to: accountArea.signIn(), say: flash{Text: "Your password is changed. Sign in with the new one."}}, nil
	}
	return moved{to: accountArea.home(), say: flash{Text: "Your password is changed."}}, nil
}
