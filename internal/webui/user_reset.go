package webui

import (
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/ident"
)

// userResetView is a link that was made for somebody. It is on this page alone: a
// message that follows would be kept by the browser.
type userResetView struct {
	ID        ident.UserID
	Name      string // what they are called
	Seen      bool   // the caller may look at their page
	Link      string
	ExpiresAt time.Time
	Minutes   int
}

// makeResetLink makes a reset link and shows it, in the answer to the form.
func (s *Site) makeResetLink(v *visit) (answer, error) {
	id := ident.UserID(v.PathValue("id"))
	made, err := s.Accounts.MakeResetLink(v.Context(), v.Who, id)
	if err != nil {
		return s.refusedOnUser(v, err, attempt{})
	}
	view := userResetView{
		ID: id, Name: s.nameOf(v), Seen: v.Who.Rights.Holds(access.ViewUser),
		Link: made.URL.Reveal(), ExpiresAt: made.ExpiresAt, Minutes: int(account.ResetLifetime / time.Minute),
	}
	return shown{name: "user-reset-link", title: "Reset link", body: view}, nil
}
