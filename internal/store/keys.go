package store

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/keyring"
)

func scanSigningKey(s scanner) (keyring.Record, error) {
	var r keyring.Record
	var created, activates int64
	if err := s.Scan(&r.ID, &r.Algorithm, &r.Sealed, &r.Public, &created, &activates); err != nil {
		return keyring.Record{}, err
	}
	r.CreatedAt, r.ActivatesAt = moment(created), moment(activates)
	return r, nil
}

// SigningKeys implements keyring.Store.
func (db *DB) SigningKeys(ctx context.Context) ([]keyring.Record, error) {
	rows, err := db.query(ctx, `
		SELECT id, algorithm, sealed, public_jwk, created_at, activates_at
		FROM signing_keys ORDER BY created_at, id`)
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	keys, err := collect(ctx, db, rows, scanSigningKey)
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	return keys, nil
}

// InsertSigningKey implements keyring.Store.
func (db *DB) InsertSigningKey(ctx context.Context, r keyring.Record) error {
	_, err := db.exec(ctx, `
		INSERT INTO signing_keys (id, algorithm, sealed, public_jwk, created_at, activates_at)
		VALUES (?, ?, ?, ?, ?, ?)`,
		r.ID, r.Algorithm, r.Sealed, r.Public, millis(r.CreatedAt), millis(r.ActivatesAt))
	if err != nil {
		return fmt.Errorf("insert signing key %s: %w", r.ID, err)
	}
	return nil
}

// DeleteSigningKey implements keyring.Store.
func (db *DB) DeleteSigningKey(ctx context.Context, id string) error {
	if _, err := db.exec(ctx, `DELETE FROM signing_keys WHERE id = ?`, id); err != nil {
		return fmt.Errorf("delete signing key %s: %w", id, err)
	}
	return nil
}

// SecretCheck implements keyring.Store.
func (db *DB) SecretCheck(ctx context.Context) ([]byte, error) {
	var sealed []byte
	if err := db.row(ctx, `SELECT secret_check FROM instance WHERE id = 1`).Scan(&sealed); err != nil {
		return nil, fmt.Errorf("check of the instance secret: %w", err)
	}
	return sealed, nil
}

// SetSecretCheck implements keyring.Store.
func (db *DB) SetSecretCheck(ctx context.Context, sealed []byte) error {
	if _, err := db.exec(ctx, `UPDATE instance SET secret_check = ? WHERE id = 1`, sealed); err != nil {
		return fmt.Errorf("set check of the instance secret: %w", err)
	}
	return nil
}
