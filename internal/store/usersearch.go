package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/user"
)

// Users implements user.Store.
func (db *DB) Users(ctx context.Context, f user.Filter, r page.Request) (page.Page[user.User], error) {
	users, err := db.users(ctx, f, r)
	if err != nil {
		return page.Page[user.User]{}, fmt.Errorf("list users: %w", err)
	}
	return page.Of(users, r, func(u user.User) page.Position {
		if f.UsernamePrefix != "" {
			return page.Position{ID: u.UsernameKey}
		}
		return page.Position{At: u.JoinedAt, ID: string(u.ID)}
	}), nil
}

// users reads one row more than a page has.
func (db *DB) users(ctx context.Context, f user.Filter, r page.Request) ([]user.User, error) {
	w, possible := usersWhere(db.d, f, r.After)
	if !possible {
		return nil, nil
	}
	if f.Role != "" && f.UsernamePrefix == "" && !narrow(f) {
		roles, err := db.rolesGiving(ctx, f.Role)
		if err != nil {
			return nil, err
		}
		if roles != nil {
			return db.holders(ctx, roles, f, r)
		}
	}
	if err := db.whereRole(ctx, w, f.Role, f.HeldAt); err != nil {
		return nil, err
	}
	order := "joined_at DESC, id DESC"
	if f.UsernamePrefix != "" {
		order = "username_key"
	}
	rows, err := db.query(ctx, `
		SELECT `+userColumns+` FROM users`+w.String()+` ORDER BY `+order+` LIMIT ?`, w.limited(r)...)
	if err != nil {
		return nil, err
	}
	return collect(ctx, db, rows, scanUser)
}

// last is the greatest code point: every text with a prefix is before the prefix and
// it, in the order of bytes.
const last = "\U0010FFFF"

// usersWhere makes conditions of a filter; false when nobody can match it. A flag is
// a part of the statement and no argument: there are indexes of those alone who have
// it.
func usersWhere(d *dialect, f user.Filter, after page.Position) (*where, bool) {
	w := &where{}
	if storable(f.UsernamePrefix, string(f.Role), after.ID) != nil {
		return nil, false
	}
	if f.Search != "" {
		like, possible := pattern(f.Search)
		if !possible {
			return nil, false
		}
		w.and("search_text LIKE ? ESCAPE '!'", like)
	}
	switch prefix := f.UsernamePrefix; {
	case prefix == "":
		w.after(d, "joined_at", "id", after)
	case after.ID < prefix:
		w.and("username_key >= ? AND username_key < ?", prefix, prefix+last)
	default: // one lower bound: SQLite takes the first of two, and reads what is between
		w.and("username_key > ? AND username_key < ?", after.ID, prefix+last)
	}
	for column, wanted := range map[string]*bool{"is_active": f.Active, "is_staff": f.Staff, "is_superuser": f.Superuser} {
		if wanted != nil && *wanted {
			w.and(column + " = 1")
		} else if wanted != nil {
			w.and(column + " = 0")
		}
	}
	if !f.JoinedFrom.IsZero() {
		w.and("joined_at >= ?", millis(f.JoinedFrom))
	}
	if !f.JoinedUntil.IsZero() {
		w.and("joined_at < ?", millis(f.JoinedUntil))
	}
	return w, true
}

// fewHolders is how many holders of a role are gathered and sorted for a page. Of
// more, a page is soon found among the newest accounts.
const fewHolders = 1000

// whereRole adds the condition that an account has a role, or one that includes it,
// in one of two ways: by the ids of few holders, or by a look at each account.
func (db *DB) whereRole(ctx context.Context, w *where, id ident.RoleID, at time.Time) error {
	if id == "" {
		return nil
	}
	rows, err := db.query(ctx, `
		SELECT user_id FROM user_roles WHERE role_id = ? AND (ends_at = 0 OR ends_at > ?)
		UNION ALL
		SELECT ur.user_id FROM role_closure rc JOIN user_roles ur ON ur.role_id = rc.role_id
		WHERE rc.included_id = ? AND (ur.ends_at = 0 OR ur.ends_at > ?)
		LIMIT ?`, id, millis(at), id, millis(at), fewHolders+1)
	if err != nil {
		return err
	}
	holders, err := collect(ctx, db, rows, text[ident.UserID])
	if err != nil {
		return err
	}
	if len(holders) > fewHolders {
		// Counted, because PostgreSQL makes a join of EXISTS, and reads everybody.
		w.and(`(SELECT COUNT(*) FROM user_roles ur WHERE ur.user_id = users.id AND (ur.ends_at = 0 OR ur.ends_at > ?)
			AND (ur.role_id = ? OR ur.role_id IN (SELECT rc.role_id FROM role_closure rc WHERE rc.included_id = ?))) > 0`, millis(at), id, id)
		return nil
	}
	// Named one by one, because a planner that guesses how many a subquery finds
	// guesses wrong. The list is filled up to one of few lengths, as in selectIn.
	length := manyKeys
	if length < len(holders) {
		length = fewHolders
	}
	args := make([]any, length)
	for i := range args {
		args[i] = "" // nobody's id
		if i < len(holders) {
			args[i] = holders[i]
		}
	}
	w.and("id IN (?"+strings.Repeat(", ?", length-1)+")", args...)
	return nil
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
