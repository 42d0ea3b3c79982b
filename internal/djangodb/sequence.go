package djangodb

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
)

// LastNumber implements importer.Source: the larger one of the largest id that
// there is and of the last one that the database gave, which may be a deleted
// user's. Who may read the tables may not see the latter everywhere; then the
// former is all that is known.
func (d *Database) LastNumber(ctx context.Context) (int64, error) {
	if d.idType != idNumber {
		return 0, nil
	}
	var largest sql.NullInt64
	err := d.source.Pool.QueryRowContext(ctx,
		"SELECT MAX("+d.source.Quote(d.columns["id"])+") FROM "+d.quoteTable(d.userTable)).Scan(&largest)
	if err != nil {
		return 0, fmt.Errorf("the largest id of %s: %w", d.userTable, err)
	}
	return max(largest.Int64, d.lastGiven(ctx)), nil
}

var autoIncrement = regexp.MustCompile(`(?i)\sAUTO_INCREMENT=(\d+)`)

// lastGiven asks the database's own counter; 0 when it does not say.
func (d *Database) lastGiven(ctx context.Context) int64 {
	var last sql.NullInt64
	row := func(statement string, args ...any) *sql.Row {
		return d.source.Pool.QueryRowContext(ctx, statement, args...)
	}
	var err error
	switch d.source.Kind {
	case "sqlite":
		err = row(`SELECT seq FROM sqlite_sequence WHERE name = ?`, d.userTable).Scan(&last)
	case "postgres":
		err = row(`SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence($1, $2) AS regclass))`,
			d.quoteTable(d.userTable), d.columns["id"]).Scan(&last)
	default:
		var table, text string
		if err = row("SHOW CREATE TABLE "+d.quoteTable(d.userTable)).Scan(&table, &text); err == nil {
			if m := autoIncrement.FindStringSubmatch(text); m != nil {
				next, _ := strconv.ParseInt(m[1], 10, 64) // only digits; one that is too large is none of ours
				last.Int64 = next - 1
			}
		}
	}
	if err != nil {
		return 0
	}
	return last.Int64
}
