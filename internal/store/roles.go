package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
)

// rolesOf is the statement that reads the roles of a source, in one: what a role is
// and what it gives belong together. The source is a list of roles called r, with
// the columns that its first part reads; its arguments are asked for four times.
func rolesOf(source string) string {
	return `
		SELECT 0 AS what, r.id, r.name, r.description, r.created_at, r.version, r.audience FROM ` + source + `
		UNION ALL
		SELECT 1, r.id, rp.permission, '', 0, 0, '' FROM ` + source + ` JOIN role_permissions rp ON rp.role_id = r.id
		UNION ALL
		SELECT 2, r.id, rp.permission, '', 0, 0, ''
		FROM ` + source + ` JOIN role_closure rc ON rc.role_id = r.id JOIN role_permissions rp ON rp.role_id = rc.included_id
		UNION ALL
		SELECT 3, r.id, o.name, o.id, 0, 0, ''
		FROM ` + source + ` JOIN role_inclusions ri ON ri.role_id = r.id JOIN roles o ON o.id = ri.included_id
		ORDER BY 1`
}

// The parts of rolesOf.
const (
	rolePart = iota
	givenPart
	inheritedPart
	includedPart
)

// roleColumns are what a source of rolesOf has.
const roleColumns = `id, name, description, created_at, version, audience`

// The sources of rolesOf.
const (
	roleByID    = `(SELECT ` + roleColumns + ` FROM roles WHERE id = ?) r`
	roleByName  = `(SELECT ` + roleColumns + ` FROM roles WHERE name = ?) r`
	rolesOfUser = `(SELECT o.id, o.name, o.description, o.created_at, o.version, o.audience
			FROM ` + rolesLive + ` JOIN roles o ON o.id = ur.role_id) r`
)

// rolePiece is one row of rolesOf.
type rolePiece struct {
	what        int
	id          ident.RoleID
	name, other string
	created     int64
	version     int64
	audience    string
}

func scanRolePiece(s scanner) (rolePiece, error) {
	var p rolePiece
	err := s.Scan(&p.what, &p.id, &p.name, &p.other, &p.created, &p.version, &p.audience)
	return p, err
}

// roles reads the roles of a source, in no order.
func (db *DB) roles(ctx context.Context, source string, args ...any) ([]role.Role, error) {
	rows, err := db.query(ctx, rolesOf(source), slices.Concat(args, args, args, args)...)
	if err != nil {
		return nil, err
	}
	pieces, err := collect(ctx, db, rows, scanRolePiece)
	if err != nil {
		return nil, err
	}
	var all []role.Role
	at := map[ident.RoleID]int{}
	for _, p := range pieces {
		if p.what == rolePart {
			at[p.id] = len(all)
			all = append(all, role.Role{
				ID: p.id, Name: p.name, Description: p.other, Audience: p.audience, CreatedAt: moment(p.created), Version: p.version,
			})
			continue
		}
		i, known := at[p.id]
		if !known {
			continue // made between two parts, where a database reads them one by one
		}
		switch r := &all[i]; p.what {
		case givenPart:
			r.Permissions = append(r.Permissions, access.Permission(p.name))
		case inheritedPart:
			r.Inherited = append(r.Inherited, access.Permission(p.name))
		case includedPart:
			r.Includes = append(r.Includes, role.Ref{ID: ident.RoleID(p.other), Name: p.name})
		}
	}
	for i := range all {
		r := &all[i]
		slices.Sort(r.Permissions)
		slices.Sort(r.Inherited)
		r.Inherited = slices.Compact(r.Inherited)
		slices.SortFunc(r.Includes, func(a, b role.Ref) int { return strings.Compare(a.Name, b.Name) })
	}
	return all, nil
}

// InsertRole implements role.Store.
func (db *DB) InsertRole(ctx context.Context, r role.Role) error {
	if err := storable(string(r.ID), r.Name, r.Description, r.Audience); err != nil {
		return fmt.Errorf("insert role %s: %w", r.ID, err)
	}
	permissions := slices.Clone(r.Permissions)
	slices.Sort(permissions)
	return db.tx(ctx, func(tx *DB) error {
		_, err := tx.exec(ctx, `
			INSERT INTO roles (id, name, search_text, description, created_at, version, audience) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			r.ID, r.Name, searchText(r.Name), r.Description, millis(r.CreatedAt), r.Version, r.Audience)
		if err != nil && tx.duplicate(err) {
			return role.ErrNameTaken.Because(err)
		}
		if err != nil {
			return fmt.Errorf("insert role %s: %w", r.ID, err)
		}
		for _, p := range slices.Compact(permissions) {
			if _, err := tx.addRolePermission(ctx, r.ID, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// Role implements role.Store.
func (db *DB) Role(ctx context.Context, id ident.RoleID) (role.Role, error) {
	if storable(string(id)) != nil {
		return role.Role{}, role.ErrNotFound
	}
	found, err := db.roles(ctx, roleByID, id)
	if err != nil {
		return role.Role{}, fmt.Errorf("role %s: %w", id, err)
	}
	if len(found) == 0 || found[0].ID != id {
		return role.Role{}, role.ErrNotFound
	}
	return found[0], nil
}

// RoleByName implements role.Store.
func (db *DB) RoleByName(ctx context.Context, name string) (role.Role, error) {
	if storable(name) != nil {
		return role.Role{}, role.ErrNotFound
	}
	found, err := db.roles(ctx, roleByName, name)
	if err != nil {
		return role.Role{}, fmt.Errorf("role by name: %w", err)
	}
	if len(found) == 0 || found[0].Name != name {
		return role.Role{}, role.ErrNotFound
	}
	return found[0], nil
}

// Roles implements role.Store.
func (db *DB) Roles(ctx context.Context, search string, r page.Request) (page.Page[role.Role], error) {
	w := &where{}
	if search != "" {
		like, possible := pattern(search)
		if !possible {
			return page.Page[role.Role]{}, nil
		}
		w.and("search_text LIKE ? ESCAPE '!'", like)
	}
	w.after(db.d, "created_at", "id", r.After)
	roles, err := db.roles(ctx, `(SELECT `+roleColumns+` FROM roles`+w.String()+`
			ORDER BY created_at DESC, id DESC LIMIT ?) r`, w.limited(r)...)
	if err != nil {
		return page.Page[role.Role]{}, fmt.Errorf("list roles: %w", err)
	}
	slices.SortFunc(roles, func(a, b role.Role) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(string(b.ID), string(a.ID)))
	})
	return page.Of(roles, r, func(r role.Role) page.Position {
		return page.Position{At: r.CreatedAt, ID: string(r.ID)}
	}), nil
}

// UpdateRole implements role.Store.
func (db *DB) UpdateRole(ctx context.Context, r role.Role) error {
	if err := storable(r.Name, r.Description, r.Audience); err != nil {
		return fmt.Errorf("update role %s: %w", r.ID, err)
	}
	n, err := db.exec(ctx, `
		UPDATE roles SET name = ?, search_text = ?, description = ?, audience = ?, version = version + 1 WHERE id = ?`,
		r.Name, searchText(r.Name), r.Description, r.Audience, r.ID)
	if err != nil && db.duplicate(err) {
		return role.ErrNameTaken.Because(err)
	}
	if err != nil {
		return fmt.Errorf("update role %s: %w", r.ID, err)
	}
	if n == 0 {
		return role.ErrNotFound
	}
	return nil
}

// DeleteRole implements role.Store. Who had it, what it gave and what it had to do
// with other roles go with it by their foreign keys.
func (db *DB) DeleteRole(ctx context.Context, id ident.RoleID) error {
	var n int64
	err := db.tx(ctx, func(tx *DB) error {
		err := tx.raiseRoleVersions(ctx, `SELECT role_id FROM role_inclusions WHERE included_id = ? ORDER BY role_id`, id)
		if err != nil {
			return err
		}
		n, err = tx.exec(ctx, `DELETE FROM roles WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete role %s: %w", id, err)
	}
	if n == 0 {
		return role.ErrNotFound
	}
	return nil
}
