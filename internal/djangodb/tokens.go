package djangodb

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/importer"
)

// maxExpiry is the end of the year 9999.
const maxExpiry = 253402300799 // seconds since 1970

// RevokedTokens implements importer.Source.
func (d *Database) RevokedTokens(ctx context.Context, limit int, now time.Time) iter.Seq2[[]importer.Token, error] {
	return func(yield func([]importer.Token, error) bool) {
		var after int64
		for d.blacklist {
			page, last, read, err := d.tokenPage(ctx, after, limit, now)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) > 0 && !yield(page, nil) || read < limit {
				return
			}
			after = last
		}
	}
}

// tokenPage reads the entries of the blacklist after one. It returns those that
// have not expired, the id of the last that it read, and how many it read.
func (d *Database) tokenPage(ctx context.Context, after int64, limit int, now time.Time) (page []importer.Token, last int64, read int, err error) {
	entries := d.quoteTable(tableBlacklisted) + " b LEFT JOIN " + d.quoteTable(tableOutstanding) + " o ON o.id = b.token_id"
	columns := "b.id, b.blacklisted_at, o.jti, o.user_id, o.expires_at, o.token, b.token_id"
	texts := strings.Split(columns, ", ")
	for i, column := range texts {
		texts[i] = d.asText(column)
	}
	rows, err := d.source.Pool.QueryContext(ctx, d.source.Rebind(
		"SELECT "+strings.Join(texts, ", ")+" FROM "+entries+" WHERE b.id > ? ORDER BY b.id LIMIT "+strconv.Itoa(limit)), after)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("read %s: %w", tableBlacklisted, err)
	}
	all, err := collect(rows, len(texts))
	if err != nil {
		return nil, 0, 0, fmt.Errorf("read %s: %w", tableBlacklisted, err)
	}
	for _, row := range all {
		if last, err = strconv.ParseInt(row[0].String, 10, 64); err != nil {
			return nil, 0, 0, fmt.Errorf("read %s: the id %q is no number", tableBlacklisted, shorten(row[0].String))
		}
		t := importer.Token{
			Row: importer.Row{Table: tableBlacklisted, ID: row[0].String}, JTI: row[2].String, UserID: d.idType.id(row[3].String),
			ExpiresAt: expiry(row[5].String),
		}
		if at, err := parseTime(row[4].String); err == nil && t.ExpiresAt.IsZero() {
			t.ExpiresAt = at
		}
		if at, err := parseTime(row[1].String); err == nil {
			t.RevokedAt = at
		}
		if !row[2].Valid {
			t.Broken = fmt.Sprintf("its token %s does not exist", row[6].String)
		}
		if t.ExpiresAt.IsZero() || t.ExpiresAt.After(now) {
			page = append(page, t)
		}
	}
	return page, last, len(all), nil
}

// expiry reads when a token expires from the token itself, which nobody has
// verified: it comes from the table of what the project has issued. It is zero for
// what is no token, or has no such time.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}
	}
	var claims struct {
		Expires *float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Expires == nil || *claims.Expires <= 0 || *claims.Expires > maxExpiry {
		return time.Time{}
	}
	return time.Unix(int64(*claims.Expires), 0).UTC()
}
