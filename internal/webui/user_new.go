package webui

import (
	"net/http"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
)

// newUserView is the form for a new account.
type newUserView struct {
	General          string
	Fields           []field
	Staff, Superuser bool // as ticked
	MaySuperuser     bool
}

// hintTell is said of a password that is chosen for somebody else.
const hintTell = "Tell it to nobody but them. They can change it under “Your account”."

func (s *Site) showNewUser(v *visit) (answer, error) { return newUserPage(v, refusal{}), nil }

func newUserPage(v *visit, r refusal) answer {
	next := password("password", "Password", "new-password")
	next.Hint = hintTell
	typed := v.PostForm.Get
	view := newUserView{
		General: r.General, Staff: v.PostForm.Has("staff"), Superuser: v.PostForm.Has("superuser"), MaySuperuser: v.Who.Rights.Superuser,
		Fields: marked([]field{
			{Name: "username", Label: "Username", Type: "text", Value: typed("username"), Autocomplete: "off", Required: true, MaxLength: user.MaxUsername},
			{Name: "email", Label: "Email", Type: "email", Value: typed("email"), Autocomplete: "off", Optional: true, MaxLength: user.MaxEmail},
			{Name: "first_name", Label: "First name", Type: "text", Value: typed("first_name"), Autocomplete: "off", Optional: true, MaxLength: user.MaxName},
			{Name: "last_name", Label: "Last name", Type: "text", Value: typed("last_name"), Autocomplete: "off", Optional: true, MaxLength: user.MaxName},
			next, password("password_again", "Password, once more", "new-password"),
		}, r, "username"),
	}
	return shown{name: "user-new", title: "New user", body: view, status: r.Status}
}

// postNewUser makes an account. What the caller may not give is refused, whatever
// the form looked like.
func (s *Site) postNewUser(v *visit) (answer, error) {
	plain := secret.New(v.PostForm.Get("password"))
	if !plain.Equal(secret.New(v.PostForm.Get("password_again"))) {
		return newUserPage(v, differ("password_again")), nil
	}
	made, err := s.Accounts.Create(v.Context(), v.Who, account.Draft{
		Username: v.PostForm.Get("username"), Email: v.PostForm.Get("email"), Password: plain,
		FirstName: v.PostForm.Get("first_name"), LastName: v.PostForm.Get("last_name"),
		Staff: v.PostForm.Has("staff"), Superuser: v.PostForm.Has("superuser"),
	})
	refused, ok := refusalOf(err)
	if f := fault.Of(err); f != nil && f.Is(account.ErrGivesFlag) {
		refused, ok = refusal{Status: http.StatusForbidden, General: f.Public}, true
	}
	if err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return newUserPage(v, refused), nil
	}
	if err != nil {
		return nil, err
	}
	say := flash{Text: "Created: " + legible(made.Username) + "."}
	if !v.Who.Rights.Holds(access.ViewUser) {
		return moved{to: "/admin/users/new", say: say}, nil
	}
	return moved{to: userAt(made.ID), say: say}, nil
}
