package webui

import (
	"strconv"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
)

// The refusals of forms that no page of ours sends.
var (
	errVersionField = fault.New(fault.Invalid, "form_version", "This form does not say which state of the user it changes. Open the page again.")
	errFlagField    = fault.New(fault.Invalid, "form_flag", "There is no such flag.")
)

// msgConfirm is said of a username that does not confirm.
const msgConfirm = "This is not their username: nothing was deleted."

// errConfirm is the refusal of a deletion.
var errConfirm = fault.New(fault.Invalid, "confirm_username", msgConfirm)

// seen is the accounts under the condition that nobody changed this one since the
// page was shown.
func (s *Site) seen(v *visit) (*account.Service, error) {
	version, err := strconv.ParseInt(v.PostForm.Get("version"), 10, 64)
	if err != nil {
		return nil, errVersionField.Because(err)
	}
	return s.Accounts.IfVersion(version), nil
}

// nameOf is how a message calls the account of the address, in the middle of a
// sentence; who may not see accounts is told of "the user".
func (s *Site) nameOf(v *visit) string {
	u, err := s.Accounts.User(v.Context(), v.Who, ident.UserID(v.PathValue("id")))
	if err != nil {
		return "the user"
	}
	return legible(u.Username)
}

// toUser leads back to the account's page, which says what happened.
func toUser(v *visit, f flash) answer {
	return moved{to: userAt(ident.UserID(v.PathValue("id"))), say: f}
}

func (s *Site) editUser(v *visit) (answer, error) {
	accounts, err := s.seen(v)
	if err != nil {
		return nil, err
	}
	name, email, first, last := v.PostForm.Get("username"), v.PostForm.Get("email"), v.PostForm.Get("first_name"), v.PostForm.Get("last_name")
	after, err := accounts.Update(v.Context(), v.Who, ident.UserID(v.PathValue("id")), account.Change{Username: &name, Email: &email, FirstName: &first, LastName: &last})
	if err != nil {
		return s.refusedOnUser(v, err, attempt{typed: v.PostForm})
	}
	return toUser(v, flash{Text: "The profile of " + legible(after.Username) + " is saved."}), nil
}

func (s *Site) disableUser(v *visit) (answer, error) {
	id := ident.UserID(v.PathValue("id"))
	if err := s.Accounts.Disable(v.Context(), v.Who, id); err != nil {
		return s.refusedOnUser(v, err, attempt{})
	}
	return toUser(v, flash{
		Text: "Signed out everywhere and disabled: " + s.nameOf(v) + ".",
		Undo: userAt(id) + "/enable", UndoLabel: "Enable again",
	}), nil
}

func (s *Site) enableUser(v *visit) (answer, error) {
	if err := s.Accounts.Enable(v.Context(), v.Who, ident.UserID(v.PathValue("id"))); err != nil {
		return s.refusedOnUser(v, err, attempt{})
	}
	return toUser(v, flash{Text: "Enabled, and can sign in again: " + s.nameOf(v) + "."}), nil
}

// flagUser gives or takes one flag.
func (s *Site) flagUser(v *visit) (answer, error) {
	accounts, err := s.seen(v)
	if err != nil {
		return nil, err
	}
	give := v.PostForm.Get("give") == "yes"
	var c account.Change
	switch v.PostForm.Get("flag") {
	case "staff":
		c.Staff = &give
	case "superuser":
		c.Superuser = &give
	default:
		return nil, errFlagField
	}
	after, err := accounts.Update(v.Context(), v.Who, ident.UserID(v.PathValue("id")), c)
	if err != nil {
		return s.refusedOnUser(v, err, attempt{})
	}
	if after.ID == v.Who.UserID && !give {
		return moved{to: adminArea.home(), say: flash{Text: "You are not " + v.PostForm.Get("flag") + " any more."}}, nil
	}
	not := map[bool]string{true: " is ", false: " is no longer "}[give]
	return toUser(v, flash{Text: legible(after.Username) + not + v.PostForm.Get("flag") + "."}), nil
}

// deleteUser deletes an account whose username was typed.
func (s *Site) deleteUser(v *visit) (answer, error) {
	id := ident.UserID(v.PathValue("id"))
	u, err := s.Accounts.User(v.Context(), v.Who, id)
	if err != nil {
		return nil, err
	}
	if !s.named(u, v.PostForm.Get("confirm")) {
		return s.refusedOnUser(v, errConfirm.WithField("confirm", msgConfirm), attempt{})
	}
	if err := s.Accounts.Delete(v.Context(), v.Who, id); err != nil {
		return s.refusedOnUser(v, err, attempt{})
	}
	to := "/admin/users"
	if !v.Who.Rights.Holds(access.ViewUser) {
		to = adminArea.home()
	}
	return moved{to: to, say: flash{Text: "Deleted, with everything that they had: " + legible(u.Username) + "."}}, nil
}

// named reports whether a text is the account's username.
func (s *Site) named(u user.User, typed string) bool {
	return s.Accounts.Naming.Normalise(typed) == u.Username
}
