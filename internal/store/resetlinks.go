package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/account"
)

// PutResetLink implements account.Store. An account has one row, so the older link
// goes first.
func (db *DB) PutResetLink(ctx context.Context, l account.ResetLink) error {
	err := db.tx(ctx, func(tx *DB) error {
		if _, err := tx.exec(ctx, `DELETE FROM reset_links WHERE user_id = ?`, l.UserID); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `
			INSERT INTO reset_links (user_id, hash, rights_version, giver_id, giver_version, expires_at) VALUES (?, ?, ?, ?, ?, ?)`,
			l.UserID, l.Hash, l.RightsVersion, l.Giver, l.GiverVersion, millis(l.ExpiresAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("put the reset link of user %s: %w", l.UserID, err)
	}
	return nil
}

// ResetLink implements account.Store. What is compared is a hash of a random value,
// so the time that it takes tells nothing.
func (db *DB) ResetLink(ctx context.Context, hash []byte, now time.Time) (account.ResetLink, error) {
	l := account.ResetLink{Hash: hash}
	var expires int64
	err := db.row(ctx, `
		SELECT user_id, rights_version, giver_id, giver_version, expires_at FROM reset_links WHERE hash = ? AND expires_at > ?`,
		hash, millis(now)).Scan(&l.UserID, &l.RightsVersion, &l.Giver, &l.GiverVersion, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return account.ResetLink{}, account.ErrResetLink
	}
	if err != nil {
		return account.ResetLink{}, fmt.Errorf("look for a reset link: %w", err)
	}
	l.ExpiresAt = moment(expires)
	return l, nil
}

// ConsumeResetLink implements account.Store. The row that is deleted lets one caller
// through.
func (db *DB) ConsumeResetLink(ctx context.Context, hash []byte, now time.Time) (bool, error) {
	n, err := db.exec(ctx, `DELETE FROM reset_links WHERE hash = ? AND expires_at > ?`, hash, millis(now))
	if err != nil {
		return false, fmt.Errorf("consume a reset link: %w", err)
	}
	return n == 1, nil
}

// DeleteResetLinks removes links that expired before a time, at most so many in a
// call, and returns how many. The inner SELECT is in a table of its own because MySQL
// has no LIMIT in a subquery of IN.
func (db *DB) DeleteResetLinks(ctx context.Context, before time.Time, limit int) (int64, error) {
	n, err := db.exec(ctx, `
		DELETE FROM reset_links WHERE user_id IN (SELECT user_id FROM (
			SELECT user_id FROM reset_links WHERE expires_at < ? LIMIT ?) AS gone)`, millis(before), limit)
	if err != nil {
		return 0, fmt.Errorf("delete reset links that expired before %s: %w", before.UTC().Format(time.RFC3339), err)
	}
	return n, nil
}
