package store

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/ident"
)

// Usernames implements session.Administration.
func (db *DB) Usernames(ctx context.Context, ids []ident.UserID) (map[ident.UserID]string, error) {
	l := lookup{head: `SELECT id, username FROM users WHERE id`, keys: make([]string, len(ids))}
	for i, id := range ids {
		l.keys[i] = string(id)
	}
	type named struct {
		id   ident.UserID
		name string
	}
	found, err := selectIn(ctx, db, l, func(s scanner) (n named, err error) {
		err = s.Scan(&n.id, &n.name)
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("usernames of %d accounts: %w", len(ids), err)
	}
	all := make(map[ident.UserID]string, len(found))
	for _, n := range found {
		all[n.id] = n.name
	}
	return all, nil
}
