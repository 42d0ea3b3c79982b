package store

import (
	"context"
	"slices"
	"strings"
)

// Many rows at once go in statements of a few sizes, so that connections keep them
// prepared.
const (
	manyRows = 100
	someRows = 10
	manyKeys = 100
)

// insertRows adds rows of a table. The head is the statement up to VALUES. Run it
// in a transaction: it takes several statements.
func (db *DB) insertRows(ctx context.Context, head string, rows [][]any) error {
	for len(rows) > 0 {
		n := 1
		switch {
		case len(rows) >= manyRows:
			n = manyRows
		case len(rows) >= someRows:
			n = someRows
		}
		args := make([]any, 0, n*len(rows[0]))
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		one := " (?" + strings.Repeat(", ?", len(rows[0])-1) + ")"
		if _, err := db.exec(ctx, head+one+strings.Repeat(","+one, n-1), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// lookup is a SELECT of the rows in which a column is one of many keys.
type lookup struct {
	head  string // ends with the column, and has placeholders for fixed
	fixed []any
	keys  []string
}

// selectIn reads the rows of a lookup. Keys that nothing can be stored under find
// nothing.
func selectIn[T any](ctx context.Context, db *DB, l lookup, scan func(scanner) (T, error)) ([]T, error) {
	keys := slices.DeleteFunc(slices.Clone(l.keys), func(key string) bool { return storable(key) != nil })
	query := l.head + " IN (?" + strings.Repeat(", ?", manyKeys-1) + ")"
	var all []T
	for some := range slices.Chunk(keys, manyKeys) {
		args := slices.Clone(l.fixed)
		for i := range manyKeys { // the last one fills up: the text is always the same
			args = append(args, some[min(i, len(some)-1)])
		}
		rows, err := db.query(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		found, err := collect(ctx, db, rows, scan)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
