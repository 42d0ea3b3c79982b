package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
)

// roleColumns are what collectRoles scans: a role and one of its permissions. A
// role is read in one statement with what it gives, so the two belong together.
const roleColumns = `r.id, r.name, r.description, r.created_at, rp.permission`

// collectRoles reads rows of roleColumns in which the rows of a role follow each
// other.
func collectRoles(ctx context.Context, db *DB, rows *sql.Rows) ([]role.Role, error) {
	defer rows.Close()
	var roles []role.Role
	for rows.Next() {
		var r role.Role
		var created int64
		var permission sql.NullString
		if err := rows.Scan(&r.ID, &r.Name, &r.Description, &created, &permission); err != nil {
			return nil, err
		}
		if len(roles) == 0 || roles[len(roles)-1].ID != r.ID {
			r.CreatedAt = moment(created)
			roles = append(roles, r)
		}
		if permission.Valid {
			last := &roles[len(roles)-1]
			last.Permissions = append(last.Permissions, access.Permission(permission.String))
		}
	}
	return roles, db.rowsError(ctx, rows)
}

// InsertRole implements role.Store.
func (db *DB) InsertRole(ctx context.Context, r role.Role) error {
	if err := storable(string(r.ID), r.Name, r.Description); err != nil {
		return fmt.Errorf("insert role %s: %w", r.ID, err)
	}
	permissions := slices.Clone(r.Permissions)
	slices.Sort(permissions)
	return db.tx(ctx, func(tx *DB) error {
		_, err := tx.exec(ctx, `
			INSERT INTO roles (id, name, search_text, description, created_at) VALUES (?, ?, ?, ?, ?)`,
			r.ID, r.Name, searchText(r.Name), r.Description, millis(r.CreatedAt))
		if err != nil && tx.duplicate(err) {
			return role.ErrNameTaken.Because(err)
		}
		if err != nil {
			return fmt.Errorf("insert role %s: %w", r.ID, err)
		}
		for _, p := range slices.Compact(permissions) {
			if _, err := tx.AddRolePermission(ctx, r.ID, p); err != nil {
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
	rows, err := db.query(ctx, `
		SELECT `+roleColumns+`
		FROM roles r LEFT JOIN role_permissions rp ON rp.role_id = r.id
		WHERE r.id = ? ORDER BY rp.permission`, id)
	if err != nil {
		return role.Role{}, fmt.Errorf("role %s: %w", id, err)
	}
	found, err := collectRoles(ctx, db, rows)
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
	rows, err := db.query(ctx, `
		SELECT `+roleColumns+`
		FROM roles r LEFT JOIN role_permissions rp ON rp.role_id = r.id
		WHERE r.name = ? ORDER BY rp.permission`, name)
	if err != nil {
		return role.Role{}, fmt.Errorf("role by name: %w", err)
	}
	found, err := collectRoles(ctx, db, rows)
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
	w.after("created_at", "id", r.After)
	rows, err := db.query(ctx, `
		SELECT `+roleColumns+`
		FROM (SELECT id, name, description, created_at FROM roles`+w.String()+`
			ORDER BY created_at DESC, id DESC LIMIT ?) AS r
		LEFT JOIN role_permissions rp ON rp.role_id = r.id
		ORDER BY r.created_at DESC, r.id DESC, rp.permission`, w.limited(r)...)
	if err != nil {
		return page.Page[role.Role]{}, fmt.Errorf("list roles: %w", err)
	}
	roles, err := collectRoles(ctx, db, rows)
	if err != nil {
		return page.Page[role.Role]{}, fmt.Errorf("list roles: %w", err)
	}
	return page.Of(roles, r, func(r role.Role) page.Position {
		return page.Position{At: r.CreatedAt, ID: string(r.ID)}
	}), nil
}

// UpdateRole implements role.Store.
func (db *DB) UpdateRole(ctx context.Context, r role.Role) error {
	if err := storable(r.Name, r.Description); err != nil {
		return fmt.Errorf("update role %s: %w", r.ID, err)
	}
	n, err := db.exec(ctx, `UPDATE roles SET name = ?, search_text = ?, description = ? WHERE id = ?`,
		r.Name, searchText(r.Name), r.Description, r.ID)
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

// DeleteRole implements role.Store. Who had it and what it gave go with it by
// their foreign keys.
func (db *DB) DeleteRole(ctx context.Context, id ident.RoleID) error {
	n, err := db.exec(ctx, `DELETE FROM roles WHERE id = ?`, id)
	if err != nil {
		return fmt.Errorf("delete role %s: %w", id, err)
	}
	if n == 0 {
		return role.ErrNotFound
	}
	return nil
}
