package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/userfile"
)

// holding is one thing that one account was given.
type holding struct {
	of   ident.UserID
	name string
}

func scanHolding(s scanner) (holding, error) {
	var h holding
	err := s.Scan(&h.of, &h.name)
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
func (db *DB) Holdings(ctx context.Context, of []ident.UserID) (map[ident.UserID]userfile.Holdings, error) {
	ids := make([]string, len(of))
	for i, id := range of {
		ids[i] = string(id)
	}
	roles, err := selectIn(ctx, db, lookup{head: `
		SELECT ur.user_id, r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE ur.user_id`, keys: ids}, scanHolding)
	if err != nil {
		return nil, fmt.Errorf("roles of accounts: %w", err)
	}
	permissions, err := selectIn(ctx, db, lookup{head: `
		SELECT user_id, permission FROM user_permissions WHERE user_id`, keys: ids}, scanHolding)
	if err != nil {
		return nil, fmt.Errorf("permissions of accounts: %w", err)
	}
	found := make(map[ident.UserID]userfile.Holdings)
	for _, h := range roles {
		has := found[h.of]
		has.Roles = append(has.Roles, h.name)
		found[h.of] = has
	}
	for _, h := range permissions {
		has := found[h.of]
		has.Permissions = append(has.Permissions, access.Permission(h.name))
		found[h.of] = has
	}
	for _, has := range found {
		slices.Sort(has.Roles)
		slices.Sort(has.Permissions)
	}
	return found, nil
}
