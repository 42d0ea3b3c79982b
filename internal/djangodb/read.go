package djangodb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// query is a SELECT.
type query struct {
	table   string
	columns []string // quoted
	rest    string   // after the table, which is called t, quoted, with ? for args
	args    []any
}

// read returns all rows of a query, every value as text. A column to sort by has
// to be called t.column: by itself it may be the text that was made of it.
func (d *Database) read(ctx context.Context, q query) ([][]sql.NullString, error) {
	texts := make([]string, len(q.columns))
	for i, column := range q.columns {
		texts[i] = d.asText(column)
	}
	statement := "SELECT " + strings.Join(texts, ", ") + " FROM " + d.quoteTable(q.table) + " AS t" + q.rest
	rows, err := d.source.Pool.QueryContext(ctx, d.source.Rebind(statement), q.args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", q.table, err)
	}
	all, err := collect(rows, len(q.columns))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", q.table, err)
	}
	return all, nil
}

// collect reads rows of so many columns of text, and closes them.
func collect(rows *sql.Rows, columns int) ([][]sql.NullString, error) {
	defer rows.Close()
	var all [][]sql.NullString
	to := make([]any, columns)
	for rows.Next() {
		row := make([]sql.NullString, columns)
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// asText makes text of a column whatever its type is.
func (d *Database) asText(column string) string {
	if d.source.Kind == "mysql" {
		return "CAST(" + column + " AS CHAR)"
	}
	return "CAST(" + column + " AS TEXT)"
}

// quoteTable quotes a table's name, which may have its schema before a dot.
func (d *Database) quoteTable(name string) string {
	parts := strings.Split(name, ".")
	for i, part := range parts {
		parts[i] = d.source.Quote(part)
	}
	return strings.Join(parts, ".")
}

// quote quotes columns of one table.
func (d *Database) quote(names ...string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = d.source.Quote(name)
	}
	return all
}

// count is how many rows a table has.
func (d *Database) count(ctx context.Context, table string) (int64, error) {
	var n int64
	err := d.source.Pool.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+d.quoteTable(table)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the rows of %s: %w", table, err)
	}
	return n, nil
}
