package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/session"
)

const revokedTokenColumns = `id, user_id, session_id, revoked_at, expires_at, reason`

func scanRevokedToken(s scanner) (session.RevokedToken, error) {
	var t session.RevokedToken
	var revoked, expires int64
	err := s.Scan(&t.ID, &t.UserID, &t.SessionID, &revoked, &expires, &t.Reason)
	t.RevokedAt, t.ExpiresAt = moment(revoked), moment(expires)
	return t, err
}

// RevokeToken implements session.Store. The primary key decides between two calls
// at once.
func (db *DB) RevokeToken(ctx context.Context, t session.RevokedToken) error {
	if err := storable(t.ID, string(t.UserID)); err != nil {
		return fmt.Errorf("revoke a token of user %s: %w", t.UserID, err)
	}
	_, err := db.exec(ctx, `
		INSERT INTO revoked_tokens (`+revokedTokenColumns+`) VALUES (?, ?, ?, ?, ?, ?)`,
		t.ID, t.UserID, t.SessionID, millis(t.RevokedAt), millis(t.ExpiresAt), t.Reason)
	if err != nil && db.duplicate(err) {
		return session.ErrTokenRevoked.Because(err)
	}
	if err != nil {
		return fmt.Errorf("revoke a token of user %s: %w", t.UserID, err)
	}
	return nil
}

// RevokedToken implements session.Store.
func (db *DB) RevokedToken(ctx context.Context, id string) (session.RevokedToken, error) {
	if storable(id) != nil {
		return session.RevokedToken{}, session.ErrNotFound
	}
	t, err := scanRevokedToken(db.row(ctx, `SELECT `+revokedTokenColumns+` FROM revoked_tokens WHERE id = ?`, id))
	if absent(err, t.ID == id) {
		return session.RevokedToken{}, session.ErrNotFound
	}
	if err != nil {
		return session.RevokedToken{}, fmt.Errorf("revoked token: %w", err)
	}
	return t, nil
}

// RevokeTokens keeps tokens that another issuer revoked, at most 500 in a call,
// and returns how many of them were not known. Knowing one already is no error.
// Another process that revokes one of them at the same moment is: try again.
func (db *DB) RevokeTokens(ctx context.Context, all []session.RevokedToken) (int64, error) {
	if len(all) == 0 {
		return 0, nil
	}
	ids := make([]any, len(all))
	for i, t := range all {
		ids[i] = t.ID
	}
	rows, err := db.query(ctx, `
		SELECT id FROM revoked_tokens WHERE id IN (?`+strings.Repeat(", ?", len(ids)-1)+`)`, ids...)
	if err != nil {
		return 0, fmt.Errorf("look for revoked tokens: %w", err)
	}
	found, err := collect(ctx, db, rows, text[string])
	if err != nil {
		return 0, fmt.Errorf("look for revoked tokens: %w", err)
	}
	known := make(map[string]bool, len(found))
	for _, id := range found {
		known[id] = true
	}
	var n int64
	for _, t := range all {
		if known[t.ID] {
			continue
		}
		if err := db.RevokeToken(ctx, t); err != nil {
			return n, err
		}
		known[t.ID] = true
		n++
	}
	return n, nil
}

// DeleteRevokedTokens implements session.Store. The inner SELECT is in a table of
// its own because MySQL has no LIMIT in a subquery of IN.
func (db *DB) DeleteRevokedTokens(ctx context.Context, before time.Time, limit int) (int64, error) {
	n, err := db.exec(ctx, `
		DELETE FROM revoked_tokens WHERE id IN (SELECT id FROM (
			SELECT id FROM revoked_tokens WHERE expires_at < ? LIMIT ?) AS gone)`, millis(before), limit)
	if err != nil {
		return 0, fmt.Errorf("delete revoked tokens that expired before %s: %w", before.UTC().Format(time.RFC3339), err)
	}
	return n, nil
}
