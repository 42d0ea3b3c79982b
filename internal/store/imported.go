package store

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/importer"
)

func scanImported(s scanner) (importer.Imported, error) {
	var row importer.Imported
	err := s.Scan(&row.SourceID, &row.TargetID, &row.Fields)
	return row, err
}

// ImportedRows implements importer.Store.
func (db *DB) ImportedRows(ctx context.Context, of importer.Origin, sourceIDs []string) ([]importer.Imported, error) {
	rows, err := selectIn(ctx, db, lookup{
		head:  `SELECT source_id, target_id, fields FROM imported_rows WHERE source = ? AND kind = ? AND source_id`,
		fixed: []any{of.Source, of.Kind}, keys: sourceIDs,
	}, scanImported)
	if err != nil {
		return nil, fmt.Errorf("imported rows of %s: %w", of.Kind, err)
	}
	return rows, nil
}

// ImportedCount implements importer.Store.
func (db *DB) ImportedCount(ctx context.Context, of importer.Origin) (int64, error) {
	var n int64
	err := db.row(ctx, `SELECT COUNT(*) FROM imported_rows WHERE source = ? AND kind = ?`, of.Source, of.Kind).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the imported rows of %s: %w", of.Kind, err)
	}
	return n, nil
}

// ImportedAfter implements importer.Store.
func (db *DB) ImportedAfter(ctx context.Context, of importer.Origin, sourceID string, limit int) ([]string, error) {
	rows, err := db.query(ctx, `
		SELECT source_id FROM imported_rows WHERE source = ? AND kind = ? AND source_id > ? ORDER BY source_id LIMIT ?`,
		of.Source, of.Kind, sourceID, limit)
	if err != nil {
		return nil, fmt.Errorf("imported rows of %s: %w", of.Kind, err)
	}
	ids, err := collect(ctx, db, rows, text[string])
	if err != nil {
		return nil, fmt.Errorf("imported rows of %s: %w", of.Kind, err)
	}
	return ids, nil
}

// InsertImported implements importer.Store.
func (db *DB) InsertImported(ctx context.Context, of importer.Origin, rows []importer.Imported) error {
	all := make([][]any, len(rows))
	for i, row := range rows {
		if err := storable(of.Source, row.SourceID, row.TargetID); err != nil {
			return fmt.Errorf("remember an imported %s: %w", of.Kind, err)
		}
		all[i] = []any{of.Source, of.Kind, row.SourceID, row.TargetID, row.Fields}
	}
	err := db.tx(ctx, func(tx *DB) error {
		return tx.insertRows(ctx, `INSERT INTO imported_rows (source, kind, source_id, target_id, fields) VALUES`, all)
	})
	if err != nil {
		return fmt.Errorf("remember imported rows of %s: %w", of.Kind, err)
	}
	return nil
}

// UpdateImported implements importer.Store.
func (db *DB) UpdateImported(ctx context.Context, of importer.Origin, row importer.Imported) error {
	n, err := db.exec(ctx, `
		UPDATE imported_rows SET target_id = ?, fields = ? WHERE source = ? AND kind = ? AND source_id = ?`,
		row.TargetID, row.Fields, of.Source, of.Kind, row.SourceID)
	if err == nil && n != 1 {
		err = fmt.Errorf("%d rows", n)
	}
	if err != nil {
		return fmt.Errorf("remember %s %s anew: %w", of.Kind, row.SourceID, err)
	}
	return nil
}
