package store

import "context"

// Texts returns the one text column of a query.
func (db *DB) Texts(ctx context.Context, query string) ([]string, error) {
	rows, err := db.query(ctx, query)
	if err != nil {
		return nil, err
	}
	return collect(ctx, db, rows, text[string])
}
