package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/user"
)

// maxGiving is how many roles may give one for its holders to be read from the index
// of each: a statement for each planner to think about.
const maxGiving = 64

// narrow reports whether the filter has a flag that few accounts have, which an index
// lists: that is then the shorter way, whoever holds the role.
func narrow(f user.Filter) bool {
	return f.Staff != nil && *f.Staff || f.Superuser != nil && *f.Superuser || f.Active != nil && !*f.Active
}

// rolesGiving returns a role and those that include it. Their number is one of a few,
// so that there are few statements: the last one comes again. It returns none where
// there are too many.
func (db *DB) rolesGiving(ctx context.Context, id ident.RoleID) ([]ident.RoleID, error) {
	rows, err := db.query(ctx, `SELECT role_id FROM role_closure WHERE included_id = ? LIMIT ?`, id, maxGiving)
	if err != nil {
		return nil, err
	}
	all, err := collect(ctx, db, rows, text[ident.RoleID])
	if err != nil || len(all) == maxGiving {
		return nil, err
	}
	all = append(all, id)
	for length := 1; ; length *= 2 {
		if length >= len(all) {
			return append(all, slices.Repeat([]ident.RoleID{id}, length-len(all))...), nil
		}
	}
}

// holders reads a page of those who have one of the roles and match the rest of the
// filter, the greatest id first: the order of the index on roles and holders, so that
// a page costs what it has, and not what the roles or the table have. Each role gives
// its own page, and the first of them together are the answer.
func (db *DB) holders(ctx context.Context, roles []ident.RoleID, f user.Filter, r page.Request) ([]user.User, error) {
	rest, possible := usersWhere(db.d, f, page.Position{})
	if !possible || storable(r.After.ID) != nil {
		return nil, nil
	}
	w := &where{}
	w.and("users.id = ur.user_id AND ur.role_id = ? AND (ur.ends_at = 0 OR ur.ends_at > ?)")
	shared := []any{millis(f.HeldAt)}
	if !r.After.IsZero() {
		w.and("ur.user_id < ?")
		shared = append(shared, r.After.ID)
	}
	w.conditions = append(w.conditions, rest.conditions...)
	shared = append(append(shared, rest.args...), r.Rows()+1)

	// CROSS JOIN is a join in the order of the text to SQLite, and any to the others.
	one := `SELECT ur.user_id AS holder FROM user_roles ur CROSS JOIN users` + w.String() + ` ORDER BY ur.user_id DESC LIMIT ?`
	var parts []string
	var args []any
	for i, id := range roles {
		parts = append(parts, fmt.Sprintf("SELECT holder FROM (%s) r%d", one, i))
		args = append(append(args, id), shared...)
	}
	rows, err := db.query(ctx, `
		SELECT `+userColumns+` FROM (`+strings.Join(parts, " UNION ")+` ORDER BY holder DESC LIMIT ?) h CROSS JOIN users
		WHERE users.id = h.holder ORDER BY h.holder DESC`, append(args, r.Rows()+1)...)
	if err != nil {
		return nil, err
	}
	return collect(ctx, db, rows, scanUser)
}
