package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/userfile"
)

// holding is one thing that one account was given.
type holding struct {
	of   ident.UserID
	name string
	ends int64
}

func scanHolding(s scanner) (holding, error) {
	var h holding
	err := s.Scan(&h.of, &h.name, &h.ends)
	return h, err
}

// UsersAfter implements userfile.Store. The primary key alone gives the order: of a
// million accounts that an import made at one moment, each page costs the same.
func (db *DB) UsersAfter(ctx context.Context, id ident.UserID, limit int) ([]user.User, error) {
	rows, err := db.query(ctx, `SELECT `+userColumns+` FROM users WHERE id > ? ORDER BY id LIMIT ?`, id, limit)
	if err != nil {
		return nil, fmt.Errorf("users after %s: %w", id, err)
	}
	found, err := collect(ctx, db, rows, scanUser)
	if err != nil {
		return nil, fmt.Errorf("users after %s: %w", id, err)
	}
	return found, nil
}

// Holdings implements userfile.Store.
func (db *DB) Holdings(ctx context.Context, of []ident.UserID, at time.Time) (map[ident.UserID]userfile.Holdings, error) {
	ids := make([]string, len(of))
	for i, id := range of {
		ids[i] = string(id)
	}
	roles, err := selectIn(ctx, db, lookup{fixed: []any{millis(at)}, head: `
		SELECT ur.user_id, r.name, ur.ends_at FROM user_roles ur JOIN roles r ON r.id = ur.role_id
		WHERE (ur.ends_at = 0 OR ur.ends_at > ?) AND ur.user_id`, keys: ids}, scanHolding)
	if err != nil {
		return nil, fmt.Errorf("roles of accounts: %w", err)
	}
	permissions, err := selectIn(ctx, db, lookup{fixed: []any{millis(at)}, head: `
		SELECT user_id, permission, ends_at FROM user_permissions WHERE (ends_at = 0 OR ends_at > ?) AND user_id`, keys: ids}, scanHolding)
	if err != nil {
		return nil, fmt.Errorf("permissions of accounts: %w", err)
	}
	found := make(map[ident.UserID]userfile.Holdings)
	for _, h := range roles {
		has := found[h.of]
		has.Roles = append(has.Roles, userfile.HeldRole{Name: h.name, Until: moment(h.ends)})
		found[h.of] = has
	}
	for _, h := range permissions {
		has := found[h.of]
		has.Permissions = append(has.Permissions, access.Grant{Permission: access.Permission(h.name), Until: moment(h.ends)})
		found[h.of] = has
	}
	for _, has := range found {
		slices.SortFunc(has.Roles, func(a, b userfile.HeldRole) int { return strings.Compare(a.Name, b.Name) })
		slices.SortFunc(has.Permissions, func(a, b access.Grant) int { return cmp.Compare(a.Permission, b.Permission) })
	}
	return found, nil
}
