package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/countersign/countersign/internal/page"
)

// scanner is one row, of many or alone.
type scanner interface{ Scan(dest ...any) error }

// collect reads all rows of a query and closes them.
func collect[T any](ctx context.Context, db *DB, rows *sql.Rows, scan func(scanner) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, db.rowsError(ctx, rows)
}

// absent reports whether one row was asked for and none found. The same says
// whether the row that was found has the key that was asked for: MySQL's binary
// collation still holds "ann" and "ann " to be equal.
func absent(err error, same bool) bool {
	return errors.Is(err, sql.ErrNoRows) || err == nil && !same
}

// text scans a row of one text column.
func text[T ~string](s scanner) (T, error) {
	var t T
	err := s.Scan(&t)
	return t, err
}

// where is the conditions of a list that has a choice of them. Conditions are
// literals of this package; values are only ever arguments.
type where struct {
	conditions []string
	args       []any
}

// and adds a condition.
func (w *where) and(condition string, args ...any) {
	w.conditions = append(w.conditions, condition)
	w.args = append(w.args, args...)
}

// after adds the condition that a row of a list, ordered by (at, id) newest
// first, comes after a position. It is written as the database finds the place in
// an index on both: otherwise a page costs as much as all the rows of one time that
// come before it, and an import gives a million rows one time.
func (w *where) after(d *dialect, at, id string, p page.Position) {
	if p.IsZero() {
		return
	}
	ms := millis(p.At)
	if d.rowValues {
		w.and("("+at+", "+id+") < (?, ?)", ms, p.ID)
		return
	}
	w.and("("+at+" < ? OR ("+at+" = ? AND "+id+" < ?))", ms, ms, p.ID)
}

// String is the clause, empty without conditions.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// limited returns the arguments and, last, one row more than the page has: see
// page.Of.
func (w *where) limited(r page.Request) []any { return append(w.args, r.Rows()+1) }
