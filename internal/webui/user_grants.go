package webui

import (
	"errors"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// giveRole gives the role that was named.
func (s *Site) giveRole(v *visit) (answer, error) {
	until, err := s.untilOf(v, "role_for")
	if err != nil {
		return nil, err
	}
	r, err := s.roleNamed(v, v.PostForm.Get("role"))
	if err == nil {
		err = s.Roles.Assign(v.Context(), v.Who, role.Assignment{To: ident.UserID(v.PathValue("id")), Role: r.ID, Until: until})
	}
	if err != nil {
		refused, _ := beside(err, fieldOf(err, "role"), role.ErrNotFound, access.ErrGivesMore, access.ErrGivesLonger)
		return s.refusedOnUser(v, err, attempt{refused: refused})
	}
	size, err := s.sizeSaid(v)
	if err != nil {
		return nil, err
	}
	return toUser(v, flash{Text: "Given to " + s.nameOf(v) + ": the role " + legible(r.Name) + lasting(until) + "." + size}), nil
}

// fieldOf is the field of what is given that a refusal stands beside: how long it is
// given for, where that is what is too much.
func fieldOf(err error, given string) string {
	if errors.Is(err, access.ErrGivesLonger) {
		return given + "_for"
	}
	return given
}

// lasting says when something ends, within a sentence.
func lasting(until time.Time) string {
	if until.IsZero() {
		return ""
	}
	return ", until " + when(until)
}

// takeRole takes the role of an id away.
func (s *Site) takeRole(v *visit) (answer, error) {
	of, id := ident.UserID(v.PathValue("id")), ident.RoleID(v.PostForm.Get("id"))
	held, err := s.Roles.UserRoles(v.Context(), v.Who, of)
	if err == nil {
		err = s.Roles.Unassign(v.Context(), v.Who, of, id)
	}
	if err != nil {
		return s.refusedOnUser(v, err, attempt{})
	}
	for _, r := range held {
		if r.ID == id {
			return toUser(v, flash{Text: "Taken from " + s.nameOf(v) + ": the role " + legible(r.Name) + ". " + s.SignIn.AfterLoss()}), nil
		}
	}
	return toUser(v, flash{Text: "They did not have this role any more."}), nil
}

func (s *Site) grantPermission(v *visit) (answer, error) {
	until, err := s.untilOf(v, "permission_for")
	if err != nil {
		return nil, err
	}
	p, err := access.ParsePermission(v.PostForm.Get("permission"))
	if err == nil {
		err = s.Roles.GrantToUser(v.Context(), v.Who, role.Grant{To: ident.UserID(v.PathValue("id")), Permission: p, Until: until})
	}
	if err != nil {
		refused, _ := beside(err, fieldOf(err, "permission"), role.ErrPermissionNotFound, access.ErrPermissionName, access.ErrGivesMore, access.ErrGivesLonger)
		return s.refusedOnUser(v, err, attempt{refused: refused})
	}
	size, err := s.sizeSaid(v)
	if err != nil {
		return nil, err
	}
	return toUser(v, flash{Text: "Granted to " + s.nameOf(v) + ": " + string(p) + lasting(until) + "." + size}), nil
}

func (s *Site) revokePermission(v *visit) (answer, error) {
	p, err := access.ParsePermission(v.PostForm.Get("name"))
	if err == nil {
		err = s.Roles.RevokeFromUser(v.Context(), v.Who, ident.UserID(v.PathValue("id")), p)
	}
	if err != nil {
		return s.refusedOnUser(v, err, attempt{})
	}
	return toUser(v, flash{Text: "Revoked from " + s.nameOf(v) + ": " + string(p) + ". " + s.SignIn.AfterLoss()}), nil
}

// endUserSession ends one session.
func (s *Site) endUserSession(v *visit) (answer, error) {
	id := ident.SessionID(v.PostForm.Get("session"))
	if err := s.Sessions.End(v.Context(), v.Who, id); err != nil {
		return s.refusedOnUser(v, err, attempt{})
	}
	if id == v.Who.Session {
		return s.gone(v, "You are signed out."), nil
	}
	return toUser(v, flash{Text: "That session has ended."}), nil
}

// endUserSessions ends every session of an account.
func (s *Site) endUserSessions(v *visit) (answer, error) {
	id := ident.UserID(v.PathValue("id"))
	if err := s.Sessions.EndAll(v.Context(), v.Who, id); err != nil {
		return s.refusedOnUser(v, err, attempt{})
	}
	if id == v.Who.UserID {
		return s.gone(v, "You are signed out on every device."), nil
	}
	return toUser(v, flash{Text: "Signed out on every device: " + s.nameOf(v) + "."}), nil
}
