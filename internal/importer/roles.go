package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
)

// The fields of a role, by their place in what is remembered.
const (
	fieldName = iota
	fieldGives
	roleFields
)

var roleFieldNames = [roleFields]string{"its name", "its permissions"}

// allRoles makes roles of the source's groups.
func (p *pass) allRoles(ctx context.Context) error {
	rows, err := p.from.Groups(ctx)
	if err != nil {
		return err
	}
	remembered, err := p.remembered(ctx, KindRole, idsOf(rows, func(g Group) string { return g.ID }))
	if err != nil {
		return err
	}
	names := map[string]string{} // of the source's groups, and the first row that has it
	for _, row := range rows {
		p.report.Roles.Read++
		p.known[groupKey(row.ID)] = true
		is, why := p.roleOf(row)
		if first, taken := names[is.Name]; why == "" && taken {
			why = fmt.Sprintf("its name is that of row %s", first)
		}
		if why != "" {
			p.report.refuse(&p.report.Roles, BadRow, row.Row, why)
			continue
		}
		names[is.Name] = row.ID
		if err := p.role(ctx, row, is, remembered[row.ID]); err != nil {
			return fmt.Errorf("group %s: %w", row.ID, err)
		}
	}
	return nil
}

// roleOf returns the role of a group, or why there is none. Permissions of the
// group that were not imported have a problem of their own, and are left out.
func (p *pass) roleOf(row Group) (role.Role, string) {
	if row.Broken != "" {
		return role.Role{}, row.Broken
	}
	is, err := role.Role{Name: row.Name}.Normalised()
	if err != nil {
		return role.Role{}, fmt.Sprintf("%q is no name of a role: 1 to %d printable characters", row.Name, role.MaxName)
	}
	is.Permissions = p.given(row.Row, row.Permissions)
	return is, ""
}

// given returns the permissions of these rows that can be given. A row that the
// source does not have is a problem of the row that refers to it.
func (p *pass) given(to Row, ids []string) []access.Permission {
	all := make([]access.Permission, 0, len(ids))
	for _, id := range ids {
		name, is := p.permissions[id]
		switch {
		case is:
			all = append(all, name)
		case !p.known[permissionKey(id)]:
			p.report.add(Problem{Kind: BadRow, Table: to.Table, ID: to.ID,
				Reason: fmt.Sprintf("its permission %s does not exist; it is imported without", id)})
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (p *pass) role(ctx context.Context, row Group, is role.Role, was Imported) error {
	fields := []digest{fieldName: digestOf(is.Name), fieldGives: digestOfPermissions(is.Permissions)}
	if was.SourceID == "" {
		return p.newRole(ctx, row, is, fields)
	}
	is.ID = ident.RoleID(was.TargetID)
	changed := !bytes.Equal(was.Fields, encodeFields(fields))
	here, err := p.Store.Role(ctx, is.ID)
	if errors.Is(err, role.ErrNotFound) {
		if changed {
			p.report.refuse(&p.report.Roles, Conflict, row.Row, deletedHere)
		} else {
			p.report.Roles.Unchanged++
		}
		return nil
	}
	if err != nil {
		return err
	}
	p.roles[row.ID], p.roleNames[is.ID] = is.ID, here.Name
	if !changed {
		p.report.Roles.Unchanged++
		return nil
	}
	m := newMerge(decodeFields(was.Fields, roleFields), fields)
	change := roleChange{
		here: here, is: is,
		name:  m.take(fieldName, digestOf(here.Name)),
		gives: m.take(fieldGives, digestOfPermissions(here.Permissions)),
	}
	if change.name {
		err := p.renameable(ctx, change)
		if errors.Is(err, role.ErrNameTaken) {
			change.name = false
			m.leave(fieldName)
		} else if err != nil {
			return err
		}
	}
	return p.updateRole(ctx, row, change, m)
}

// newRole makes a role, unless somebody made one of that name here.
func (p *pass) newRole(ctx context.Context, row Group, is role.Role, fields []digest) error {
	_, err := p.Store.RoleByName(ctx, is.Name)
	if err == nil {
		p.report.refuse(&p.report.Roles, Conflict, row.Row, fmt.Sprintf(
			"a role %q was made here; rename one of the two, and import again: who is in the group does not have that role", is.Name))
		return nil
	}
	if !errors.Is(err, role.ErrNotFound) {
		return err
	}
	is.ID, is.CreatedAt = ident.RoleID(ident.New()), p.began
	p.roles[row.ID], p.roleNames[is.ID] = is.ID, is.Name
	p.report.Roles.Created++
	if !p.write {
		return nil
	}
	return p.InTx(ctx, func(tx Store) error {
		if err := tx.InsertRole(ctx, is); err != nil {
			return err
		}
		e := event.New(p.who, p.began, event.RoleCreated, event.Role(is.ID, is.Name)).
			With(map[string]any{"permissions": is.Permissions})
		if err := tx.AppendEvent(ctx, e); err != nil {
			return err
		}
		return tx.InsertImported(ctx, p.origin(KindRole), []Imported{{
			SourceID: row.ID, TargetID: string(is.ID), Fields: encodeFields(fields),
		}})
	})
}

// roleChange is what is to be written of a role.
type roleChange struct {
	here, is    role.Role
	name, gives bool
}

// renameable returns role.ErrNameTaken when another role has the new name.
func (p *pass) renameable(ctx context.Context, c roleChange) error {
	other, err := p.Store.RoleByName(ctx, c.is.Name)
	if errors.Is(err, role.ErrNotFound) || err == nil && other.ID == c.here.ID {
		return nil
	}
	if err == nil {
		return role.ErrNameTaken
	}
	return err
}

func (p *pass) updateRole(ctx context.Context, row Group, c roleChange, m *merge) error {
	for _, c := range m.conflicts {
		p.report.add(Problem{Kind: Conflict, Table: row.Table, ID: row.ID, Reason: c.reason(roleFieldNames[c.field])})
	}
	switch {
	case c.name || c.gives:
		p.report.Roles.Updated++
	case len(m.conflicts) > 0:
		p.report.Roles.Skipped++
	default:
		p.report.Roles.Unchanged++
	}
	if !p.write {
		return nil
	}
	if c.name {
		if _, err := p.Roles.Update(ctx, p.who, c.here.ID, role.Change{Name: &c.is.Name}); err != nil {
			return err
		}
	}
	if c.gives {
		if err := p.regive(ctx, c.here, c.is); err != nil {
			return err
		}
	}
	if !m.remembers() {
		return nil
	}
	return p.Store.UpdateImported(ctx, p.origin(KindRole), Imported{
		SourceID: row.ID, TargetID: string(c.here.ID), Fields: encodeFields(m.next),
	})
}

// regive makes a role give what it gives in the source.
func (p *pass) regive(ctx context.Context, here, is role.Role) error {
	for _, name := range here.Permissions {
		if !slices.Contains(is.Permissions, name) {
			if err := p.Roles.RevokeFromRole(ctx, p.who, here.ID, name); err != nil {
				return err
			}
		}
	}
	for _, name := range is.Permissions {
		if err := p.Roles.GrantToRole(ctx, p.who, here.ID, name); err != nil {
			return err
		}
	}
	return nil
}
