package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/user"
)

// Users implements user.Store.
func (db *DB) Users(ctx context.Context, f user.Filter, r page.Request) (page.Page[user.User], error) {
	w, possible := usersWhere(f, r.After)
	if !possible {
		return page.Page[user.User]{}, nil
	}
	rows, err := db.query(ctx, `
		SELECT `+userColumns+` FROM users`+w.String()+` ORDER BY joined_at DESC, id DESC LIMIT ?`, w.limited(r)...)
	if err != nil {
		return page.Page[user.User]{}, fmt.Errorf("list users: %w", err)
	}
	users, err := collect(ctx, db, rows, scanUser)
	if err != nil {
		return page.Page[user.User]{}, fmt.Errorf("list users: %w", err)
	}
	return page.Of(users, r, func(u user.User) page.Position {
		return page.Position{At: u.JoinedAt, ID: string(u.ID)}
	}), nil
}

// usersWhere makes conditions of a filter; false when nobody can match it.
func usersWhere(f user.Filter, after page.Position) (*where, bool) {
	w := &where{}
	if f.Search != "" {
		like, possible := pattern(f.Search)
		if !possible {
			return nil, false
		}
		w.and("search_text LIKE ? ESCAPE '!'", like)
	}
	if f.Active != nil {
		w.and("is_active = ?", flag(*f.Active))
	}
	if f.Staff != nil {
		w.and("is_staff = ?", flag(*f.Staff))
	}
	if f.Superuser != nil {
		w.and("is_superuser = ?", flag(*f.Superuser))
	}
	if f.Role != "" {
		if storable(string(f.Role)) != nil {
			return nil, false
		}
		w.and(`EXISTS (SELECT 1 FROM user_roles ur WHERE ur.user_id = users.id AND (ur.role_id = ?
			OR ur.role_id IN (SELECT rc.role_id FROM role_closure rc WHERE rc.included_id = ?)))`, f.Role, f.Role)
	}
	w.after("joined_at", "id", after)
	return w, true
}

// SuperuserExists implements user.Store.
func (db *DB) SuperuserExists(ctx context.Context) (bool, error) {
	var one int
	err := db.row(ctx, `SELECT 1 FROM users WHERE is_superuser = 1 AND is_active = 1 LIMIT 1`).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a superuser: %w", err)
	}
	return true, nil
}

// OtherSuperuser implements user.Store. The raised counter is held until the
// transaction ends; the look comes after it.
func (db *DB) OtherSuperuser(ctx context.Context, than ident.UserID) (bool, error) {
	if _, err := db.raise(ctx, superusersGone); err != nil {
		return false, err
	}
	var one int
	err := db.row(ctx, `SELECT 1 FROM users WHERE is_superuser = 1 AND is_active = 1 AND id <> ? LIMIT 1`, than).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a superuser besides %s: %w", than, err)
	}
	return true, nil
}
