package importer

import (
	"context"
	"errors"
	"slices"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/user"
)

// account is an account as it is here. The source knows no ends: what was given an
// end here keeps it for as long as the source says what it said, and what has ended
// here is what somebody took away here.
type account struct {
	user        user.User
	roles       []role.Role
	permissions []access.Permission
}

func (p *pass) read(ctx context.Context, st Store, id ident.UserID) (account, error) {
	var a account
	var err error
	if a.user, err = st.User(ctx, id); err != nil {
		return account{}, err
	}
	roles, err := st.UserRoles(ctx, id, p.Now())
	if err != nil {
		return account{}, err
	}
	for _, held := range roles {
		a.roles = append(a.roles, held.Role)
	}
	grants, err := st.UserPermissions(ctx, id, p.Now())
	for _, g := range grants {
		a.permissions = append(a.permissions, g.Permission)
	}
	return a, err
}

func (a account) roleIDs() []ident.RoleID {
	ids := make([]ident.RoleID, len(a.roles))
	for i, r := range a.roles {
		ids[i] = r.ID
	}
	return ids
}

// plan is what is to be written of an account whose row changed.
type plan struct {
	before, after      account
	profile, times     bool
	active, password   bool
	roles, permissions bool
	merge              *merge
}

// writes reports whether anything of the account is to be written.
func (pl plan) writes() bool {
	return pl.profile || pl.times || pl.active || pl.password || pl.roles || pl.permissions
}

// ends returns why the sessions of the account have to end; empty when they live.
func (pl plan) ends() session.Reason {
	switch {
	case pl.active && !pl.after.user.Active:
		return session.UserDisabled
	case pl.password:
		return session.PasswordChanged
	}
	return ""
}

// stale reports whether tokens say what is not so any more.
func (pl plan) stale() bool {
	b, a := pl.before.user, pl.after.user
	return pl.roles || pl.permissions || b.Username != a.Username || b.Staff != a.Staff || b.Superuser != a.Superuser
}

// change brings an account that an earlier run made to what the source has now.
func (p *pass) change(ctx context.Context, c *candidate, was Imported) error {
	var pl plan
	run := func(st Store) error {
		before, err := p.read(ctx, st, ident.UserID(was.TargetID))
		if err != nil {
			return err
		}
		if pl, err = p.plan(ctx, st, before, c, was); err != nil {
			return err
		}
		if !p.write {
			return nil
		}
		if pl.writes() {
			if err := p.apply(ctx, st, pl); err != nil {
				return err
			}
		}
		if !pl.merge.remembers() {
			return nil
		}
		return st.UpdateImported(ctx, p.origin(KindUser), Imported{
			SourceID: c.row.ID, TargetID: was.TargetID, Fields: encodeFields(pl.merge.next),
		})
	}
	var err error
	if p.write {
		err = p.InTx(ctx, run)
	} else {
		err = run(p.Store)
	}
	switch {
	case errors.Is(err, user.ErrNotFound):
		p.report.refuse(&p.report.Users, Conflict, c.row, deletedHere)
		return nil
	case errors.Is(err, user.ErrUsernameTaken), errors.Is(err, user.ErrChanged):
		p.report.refuse(&p.report.Users, Conflict, c.row, "the account was changed here at the same moment: import again")
		return nil
	case errors.Is(err, user.ErrLastSuperuser):
		p.report.refuse(&p.report.Users, Conflict, c.row, "it is the last active superuser here: make another one first")
		return nil
	case err != nil:
		return err
	}
	p.count(c, pl)
	return nil
}

func (p *pass) count(c *candidate, pl plan) {
	for _, clash := range pl.merge.conflicts {
		p.report.add(Problem{Kind: Conflict, Table: c.row.Table, ID: c.row.ID, Reason: clash.reason("the field " + userFieldNames[clash.field])})
	}
	switch {
	case pl.writes():
		p.report.Users.Updated++
	case len(pl.merge.conflicts) > 0:
		p.report.Users.Skipped++
	default:
		p.report.Users.Unchanged++
	}
}

// plan compares the source's row with what was imported and with the account.
func (p *pass) plan(ctx context.Context, st Store, before account, c *candidate, was Imported) (plan, error) {
	m := newMerge(decodeFields(was.Fields, userFields), c.fields)
	if c.refused { // a password is not taken away because another one cannot be taken
		m.source = slices.Clone(m.source)
		m.source[fieldPassword] = m.imported[fieldPassword]
	}
	here := fieldsOfUser(before.user, before.roleIDs(), before.permissions)
	pl := plan{before: before, after: before, merge: m}
	u := &pl.after.user
	if m.take(fieldUsername, here[fieldUsername]) {
		other, err := st.UserByUsername(ctx, c.user.Username, p.Naming.LookupKey(c.user.Username))
		switch {
		case err == nil && other.ID != u.ID:
			m.leave(fieldUsername)
		case err == nil || errors.Is(err, user.ErrNotFound):
			u.Username, u.UsernameKey, pl.profile = c.user.Username, c.user.UsernameKey, true
		default:
			return plan{}, err
		}
	}
	for _, f := range []struct {
		field    int
		to, from *string
	}{{fieldEmail, &u.Email, &c.user.Email}, {fieldFirstName, &u.FirstName, &c.user.FirstName}, {fieldLastName, &u.LastName, &c.user.LastName}} {
		if m.take(f.field, here[f.field]) {
			*f.to, pl.profile = *f.from, true
		}
	}
	u.EmailKey = user.EmailKey(u.Email)
	if m.take(fieldStaff, here[fieldStaff]) {
		u.Staff, pl.profile = c.user.Staff, true
	}
	if m.take(fieldSuperuser, here[fieldSuperuser]) {
		u.Superuser, pl.profile = c.user.Superuser, true
	}
	p.planRest(&pl, here, c)
	return pl, nil
}

// planRest is plan for what is not part of the profile.
func (p *pass) planRest(pl *plan, here []digest, c *candidate) {
	m, u := pl.merge, &pl.after.user
	if m.take(fieldActive, here[fieldActive]) {
		u.Active, pl.active = c.user.Active, true
	}
	// A string that a sign-in encoded anew is the same password.
	if m.take(fieldPassword, here[fieldPassword], digestOf(u.ReplacedMark)) {
		u.Password, pl.password = c.user.Password, true
	}
	if m.take(fieldJoined, here[fieldJoined]) {
		u.JoinedAt, pl.times = c.user.JoinedAt, true
	}
	if m.next[fieldLastSignIn] = m.source[fieldLastSignIn]; c.user.LastSignInAt.After(u.LastSignInAt) &&
		m.source[fieldLastSignIn] != m.imported[fieldLastSignIn] {
		u.LastSignInAt, pl.times = c.user.LastSignInAt, true
	}
	if m.take(fieldRoles, here[fieldRoles]) {
		pl.roles = true
		pl.after.roles = nil
		for _, id := range c.roles {
			pl.after.roles = append(pl.after.roles, role.Role{ID: id, Name: p.roleNames[id]})
		}
	}
	if m.take(fieldPermissions, here[fieldPermissions]) {
		pl.permissions, pl.after.permissions = true, c.permissions
	}
}
