package userfile

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
)

// keep writes accounts, what they hold and their events, or none of them.
func (r *run) keep(ctx context.Context, all []candidate) error {
	return r.InTx(ctx, func(tx Store) error {
		users, err := r.numbered(ctx, tx, all)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(users, func(u user.User) bool { return u.Superuser }) {
			// As in package account: who made a superuser needs the link no more.
			if err := tx.DropSetupLink(ctx); err != nil {
				return err
			}
		}
		if err := tx.InsertUsers(ctx, users); err != nil {
			return err
		}
		for i, c := range all {
			if err := r.give(ctx, tx, users[i], c); err != nil {
				return err
			}
		}
		return nil
	})
}

// numbered returns the accounts with their ids. The sequence goes on after the
// largest number of the file before it gives any.
func (r *run) numbered(ctx context.Context, tx Store, all []candidate) ([]user.User, error) {
	users, highest := make([]user.User, len(all)), int64(0)
	for i, c := range all {
		users[i], highest = c.user, max(highest, number(c.user.ID))
	}
	if highest > 0 {
		if err := tx.RaiseUserNumber(ctx, highest); err != nil {
			return nil, err
		}
	}
	for i := range users {
		if users[i].ID != "" {
			continue
		}
		n, err := tx.NextUserNumber(ctx)
		if err != nil {
			return nil, err
		}
		users[i].ID = ident.UserID(strconv.FormatInt(n, 10))
	}
	return users, nil
}

// give gives a new account what its row says and writes the event of the account.
// Nobody has a token of it, so there is nothing to cut off.
func (r *run) give(ctx context.Context, tx Store, u user.User, c candidate) error {
	for i, id := range c.roleIDs {
		if _, err := tx.AssignRole(ctx, u.ID, id, c.roles[i].ends); err != nil {
			return err
		}
	}
	for _, g := range c.permissions {
		if _, err := tx.GrantPermission(ctx, u.ID, access.Permission(g.name), g.ends); err != nil {
			return err
		}
	}
	detail := map[string]any{"staff": u.Staff, "superuser": u.Superuser, "imported": true}
	if !u.Active {
		detail["active"] = false
	}
	for what, all := range map[string][]until{"roles": c.roles, "permissions": c.permissions} {
		for _, u := range all {
			if u.ends.IsZero() {
				detail[what] = append(texts(detail[what]), u.name)
			} else {
				detail[what+"_until"] = append(texts(detail[what+"_until"]), u.String())
			}
		}
	}
	return tx.AppendEvent(ctx, event.New(r.who, r.began, event.UserCreated, event.User(u.ID, u.Username)).With(detail))
}

// texts is a list of a detail, nil while there is none.
func texts(v any) []string {
	all, _ := v.([]string)
	return all
}

// same reports whether an account has what a file says, in whatever order.
func same(has, said []until) bool {
	slices.SortFunc(has, func(a, b until) int { return strings.Compare(a.name, b.name) })
	return slices.EqualFunc(has, said, func(a, b until) bool { return a.name == b.name && a.ends.Equal(b.ends) })
}

// compare reports a row of which the account exists.
func (r *run) compare(ctx context.Context, c candidate, id ident.UserID) error {
	is, err := r.Store.User(ctx, id)
	if err != nil {
		return err
	}
	differs := c.differs(is)
	if c.row.Roles != nil || c.row.RolesUntil != nil {
		held, err := r.Store.UserRoles(ctx, id, r.began)
		if err != nil {
			return err
		}
		has := make([]until, len(held))
		for i, one := range held {
			has[i] = until{one.Name, one.Until}
		}
		if !same(has, c.roles) {
			differs = append(differs, "roles")
		}
	}
	if c.row.Permissions != nil || c.row.PermissionsUntil != nil {
		held, err := r.Store.UserPermissions(ctx, id, r.began)
		if err != nil {
			return err
		}
		has := make([]until, len(held))
		for i, one := range held {
			has[i] = until{string(one.Permission), one.Until}
		}
		if !same(has, c.permissions) {
			differs = append(differs, "permissions")
		}
	}
	if len(differs) > 0 {
		r.conflict(c.row, "the account exists and differs in "+strings.Join(differs, ", "))
		return nil
	}
	r.report.Unchanged++
	return nil
}

// differs names the columns in which an account is not what its row says. What
// changes by using the account is not compared: the password, which a sign-in may
// encode anew and its owner may change, and the last sign-in.
func (c candidate) differs(is user.User) []string {
	var names []string
	for _, column := range []struct {
		name  string
		given bool
		same  bool
	}{
		{"id", c.row.ID != "", c.user.ID == is.ID},
		{"username", true, c.user.Username == is.Username},
		{"email", c.row.Email != nil, c.user.Email == is.Email},
		{"first_name", c.row.FirstName != nil, c.user.FirstName == is.FirstName},
		{"last_name", c.row.LastName != nil, c.user.LastName == is.LastName},
		{"is_active", c.row.Active != nil, c.user.Active == is.Active},
		{"is_staff", c.row.Staff != nil, c.user.Staff == is.Staff},
		{"is_superuser", c.row.Superuser != nil, c.user.Superuser == is.Superuser},
		{"joined_at", !c.row.JoinedAt.IsZero(), c.user.JoinedAt.Equal(is.JoinedAt)},
	} {
		if column.given && !column.same {
			names = append(names, column.name)
		}
	}
	return names
}
