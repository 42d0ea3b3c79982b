package djangodb

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/secret"
)

// UserCount implements importer.Source.
func (d *Database) UserCount(ctx context.Context) (int64, error) { return d.count(ctx, d.userTable) }

// Users implements importer.Source. A page ends where the next one begins, so rows
// that are added or removed meanwhile are read or not, and none is read twice.
func (d *Database) Users(ctx context.Context, limit int) iter.Seq2[[]importer.User, error] {
	return func(yield func([]importer.User, error) bool) {
		var after any
		for {
			page, last, err := d.userPage(ctx, after, limit)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) == 0 || !yield(page, nil) || len(page) < limit {
				return
			}
			after = last
		}
	}
}

// userPage reads the users after a key, and returns the key of the last one.
func (d *Database) userPage(ctx context.Context, after any, limit int) ([]importer.User, any, error) {
	id := "t." + d.source.Quote(d.columns["id"])
	q := query{table: d.userTable, columns: d.userFields(), rest: " ORDER BY " + id + " LIMIT " + strconv.Itoa(limit)}
	if after != nil {
		q.rest, q.args = " WHERE "+id+" > ?"+q.rest, []any{after}
	}
	rows, err := d.read(ctx, q)
	if err != nil || len(rows) == 0 {
		return nil, nil, err
	}
	page := make([]importer.User, len(rows))
	at := make(map[string]int, len(rows))
	for i, row := range rows {
		page[i] = d.user(row)
		at[row[0].String] = i
	}
	last, ok := d.idType.key(rows[len(rows)-1][0].String)
	if !ok {
		return nil, nil, fmt.Errorf("read %s: the key %q is no number", d.userTable, rows[len(rows)-1][0].String)
	}
	between := span{after: after, last: last}
	if err := d.linked(ctx, d.groups, between, func(user, thing string) {
		if i, here := at[user]; here {
			page[i].Groups = append(page[i].Groups, thing)
		}
	}); err != nil {
		return nil, nil, err
	}
	err = d.linked(ctx, d.direct, between, func(user, thing string) {
		if i, here := at[user]; here {
			page[i].Permissions = append(page[i].Permissions, thing)
		}
	})
	return page, last, err
}

// userFields are the columns to read, quoted, in the order of userColumns.
func (d *Database) userFields() []string {
	all := make([]string, 0, len(userColumns))
	for _, field := range userColumns {
		if column, is := d.columns[field]; is {
			all = append(all, d.source.Quote(column))
		} else {
			all = append(all, "NULL")
		}
	}
	return all
}

// user reads a row of userFields.
func (d *Database) user(row []sql.NullString) importer.User {
	u := importer.User{Row: importer.Row{Table: d.userTable, ID: d.idType.id(row[0].String)}}
	broken := func(format string, args ...any) {
		if u.Broken == "" {
			u.Broken = fmt.Sprintf(format, args...)
		}
	}
	to := map[string]*string{
		"username": &u.User.Username, "email": &u.User.Email, "first_name": &u.User.FirstName, "last_name": &u.User.LastName,
	}
	u.User.Active = true // where the model has no such field
	for i, field := range userColumns {
		column, is := d.columns[field]
		if !is {
			continue
		}
		value := row[i]
		switch field {
		case "username", "email", "first_name", "last_name":
			*to[field] = value.String
			if !value.Valid && field == "username" {
				broken("%s is NULL", column)
			}
		case "password":
			u.User.Password = secret.New(value.String)
		case "is_active", "is_staff", "is_superuser":
			yes, known := parseFlag(value.String)
			if !known {
				broken("%s is neither true nor false", column)
			}
			switch field {
			case "is_active":
				u.User.Active = yes
			case "is_staff":
				u.User.Staff = yes
			default:
				u.User.Superuser = yes
			}
		case "date_joined", "last_login":
			t, err := timeOf(value, field == "last_login")
			if err != nil {
				broken("%s %v: %q", column, err, shorten(value.String))
			}
			if field == "last_login" {
				u.User.LastSignInAt = t
			} else {
				u.User.JoinedAt = t
			}
		}
	}
	return u
}

// timeOf reads a time that may be absent; what is absent is the zero time.
func timeOf(value sql.NullString, optional bool) (time.Time, error) {
	if !value.Valid && optional {
		return time.Time{}, nil
	}
	return parseTime(value.String)
}

// shorten cuts what a message quotes.
func shorten(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// span is a page of users: after a key (nil: from the first) up to the last.
type span struct{ after, last any }

// linked calls use for each user of a page and each thing that is linked to them.
func (d *Database) linked(ctx context.Context, l link, s span, use func(user, thing string)) error {
	if l.table == "" {
		return nil
	}
	user := d.source.Quote(l.user)
	q := query{table: l.table, columns: d.quote(l.user, l.thing), rest: " WHERE " + user + " <= ?", args: []any{s.last}}
	if s.after != nil {
		q.rest, q.args = q.rest+" AND "+user+" > ?", append(q.args, s.after)
	}
	rows, err := d.read(ctx, q)
	if err != nil {
		return err
	}
	for _, row := range rows {
		use(row[0].String, row[1].String)
	}
	return nil
}

// MissingUsers implements importer.Source.
func (d *Database) MissingUsers(ctx context.Context, ids []string) ([]importer.Row, error) {
	var keys []any
	for _, id := range ids {
		if key, possible := d.idType.key(id); possible {
			keys = append(keys, key)
		}
	}
	there := map[string]bool{}
	if len(keys) > 0 {
		column := d.source.Quote(d.columns["id"])
		rows, err := d.read(ctx, query{
			table: d.userTable, columns: []string{column},
			rest: " WHERE " + column + " IN (?" + strings.Repeat(", ?", len(keys)-1) + ")", args: keys,
		})
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			there[d.idType.id(row[0].String)] = true
		}
	}
	var missing []importer.Row
	for _, id := range ids {
		if !there[id] {
			missing = append(missing, importer.Row{Table: d.userTable, ID: id})
		}
	}
	return missing, nil
}
