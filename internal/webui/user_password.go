package webui

import (
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/web"
)

// userPasswordView is the form for a new password of somebody else.
type userPasswordView struct {
	ID       ident.UserID
	Username string
	General  string
	Fields   []field
}

// showUserPassword shows the form to who proved their own password just now. The
// form holds a secret, so it is not one that is asked for the password when it
// arrives: that would be put into a page.
func (s *Site) showUserPassword(v *visit) (answer, error) { return s.userPasswordPage(v, refusal{}) }

func (s *Site) userPasswordPage(v *visit, r refusal) (answer, error) {
	u, err := s.Accounts.User(v.Context(), v.Who, ident.UserID(v.PathValue("id")))
	if err != nil {
		return nil, err
	}
	if u.ID == v.Who.UserID {
		return nil, account.ErrOwnPassword
	}
	if !v.visitor.Recent(s.Now()) {
		view := confirmView{Action: userAt(u.ID) + "/password/confirm", Username: v.Who.Name}
		return shown{name: "confirm", title: "Confirm that it is you", body: view, status: 403}, nil
	}
	next := password("password", "New password", "new-password")
	next.Hint = hintTell
	view := userPasswordView{
		ID: u.ID, Username: u.Username, General: r.General,
		Fields: marked([]field{next, password("password_again", "New password, once more", "new-password")}, r, "password"),
	}
	return shown{name: "user-password", title: "New password", body: view, status: r.Status}, nil
}

// confirmUserPassword comes back to the form with a fresh proof.
func (s *Site) confirmUserPassword(v *visit) (answer, error) {
	return moved{to: userAt(ident.UserID(v.PathValue("id"))) + "/password"}, nil
}

func (s *Site) postUserPassword(v *visit) (answer, error) {
	if !v.visitor.Recent(s.Now()) {
		return s.userPasswordPage(v, refusal{})
	}
	next := secret.New(v.PostForm.Get("password"))
	if !next.Equal(secret.New(v.PostForm.Get("password_again"))) {
		return s.userPasswordPage(v, differ("password_again"))
	}
	err := s.Accounts.SetPassword(v.Context(), v.Who, ident.UserID(v.PathValue("id")), next)
	if refused, ok := refusalOf(err); err != nil && ok && fault.KindOf(err) != fault.Unavailable {
		web.Note(v.Context()).SetError(err)
		return s.userPasswordPage(v, refused)
	}
	if err != nil {
		return nil, err
	}
	return toUser(v, flash{Text: "The password is set, and every session of " + s.nameOf(v) + " has ended."}), nil
}
