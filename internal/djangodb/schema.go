package djangodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// userColumns are the columns of the users' table by Django's names, in the order
// in which they are read.
var userColumns = []string{
	"id", "username", "password", "email", "first_name", "last_name",
	"is_active", "is_staff", "is_superuser", "date_joined", "last_login",
}

// neededColumns are those without which there is no account.
var neededColumns = []string{"id", "username", "password"}

// link is a table that joins users to something.
type link struct {
	table, user, thing string // its columns; table is empty when there is none
}

// findUsers looks for the users' table, its columns, and the tables that are named
// after it.
func (d *Database) findUsers(ctx context.Context, o Options) error {
	if d.userTable == "" {
		d.userTable = tableUser
		if err := d.noticeOthers(ctx); err != nil {
			return err
		}
	}
	types, found, err := d.typesOf(ctx, d.userTable)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("there is no table %s%s", d.userTable, suffixedCandidates(d.candidates(ctx)))
	}
	d.columns = map[string]string{}
	var missing []string
	for _, field := range userColumns {
		column, given := o.Columns[field]
		if !given {
			column = field
		}
		if column == None {
			continue
		}
		if _, is := types[column]; !is {
			missing = append(missing, column)
			continue
		}
		d.columns[field] = column
	}
	if len(missing) > 0 {
		return fmt.Errorf("the table %s has no column %s. If its migrations have all run, name another one with --column %s=COLUMN, "+
			"or with --column %s=%s say that there is none", d.userTable, strings.Join(missing, ", "), missing[0], missing[0], None)
	}
	d.idType = idTypeOf(types[d.columns["id"]])
	return d.findLinks(ctx)
}

// findLinks finds the tables of the users' groups and permissions. A user model
// without PermissionsMixin has none; it has no is_superuser either.
func (d *Database) findLinks(ctx context.Context) error {
	for _, l := range []struct {
		to     *link
		suffix string
		thing  string
	}{{&d.groups, suffixGroups, "group_id"}, {&d.direct, suffixPermissions, "permission_id"}} {
		table := d.userTable + l.suffix
		types, found, err := d.typesOf(ctx, table)
		if err != nil {
			return err
		}
		if !found {
			if _, mixin := d.columns["is_superuser"]; mixin {
				return fmt.Errorf("its migrations have not all run: there is no table %s", table)
			}
			d.notes = append(d.notes, fmt.Sprintf("There is no table %s, so nothing was taken from it.", table))
			continue
		}
		if _, is := types[l.thing]; !is {
			return fmt.Errorf("its migrations have not all run: %s has no column %s", table, l.thing)
		}
		*l.to = link{table: table, thing: l.thing}
		// The column of the user is named after the model.
		for column := range types {
			if column != "id" && column != l.thing && strings.HasSuffix(column, "_id") {
				l.to.user = column
			}
		}
		if len(types) > 3 || l.to.user == "" {
			return fmt.Errorf("the table %s is not one that Django makes: it has to have id, %s and one more", table, l.thing)
		}
	}
	return nil
}

// noticeOthers refuses to import nobody while another table looks like the users'.
func (d *Database) noticeOthers(ctx context.Context) error {
	n, err := d.count(ctx, tableUser)
	if d.source.MissingTable(err) {
		return nil // findUsers says so
	}
	if err != nil || n > 0 {
		return err
	}
	for _, table := range d.candidates(ctx) {
		if n, err := d.count(ctx, table); err == nil && n > 0 {
			return fmt.Errorf("the table %s is empty, and %s looks like the users' (AUTH_USER_MODEL): say --user-table %s, or --user-table %s for nobody",
				tableUser, table, table, tableUser)
		}
	}
	return nil
}

// candidates are the tables of models that look like users. An error only makes
// the list shorter: it is for a message.
func (d *Database) candidates(ctx context.Context) []string {
	rows, err := d.read(ctx, query{table: tableTypes, columns: d.quote("app_label", "model")})
	if err != nil {
		return nil
	}
	var all []string
	for _, row := range rows {
		table := row[0].String + "_" + row[1].String
		types, found, err := d.typesOf(ctx, table)
		if err != nil || !found || table == tableUser {
			continue
		}
		_, password := types["password"]
		_, login := types["last_login"]
		if password && login {
			all = append(all, table)
		}
	}
	slices.Sort(all)
	return all
}

func suffixedCandidates(tables []string) string {
	if len(tables) == 0 {
		return ": name the table of AUTH_USER_MODEL with --user-table"
	}
	return fmt.Sprintf(". The project has a user model of its own; its table may be %s: say --user-table %s", strings.Join(tables, " or "), tables[0])
}

// lacks says which of these columns a table does not have.
func (d *Database) lacks(ctx context.Context, table string, columns []string) ([]string, error) {
	types, found, err := d.typesOf(ctx, table)
	if err != nil {
		return nil, err
	}
	if !found {
		return []string{"there is no table " + table}, nil
	}
	var all []string
	for _, column := range columns {
		if _, is := types[column]; !is {
			all = append(all, table+" has no column "+column)
		}
	}
	return all, nil
}

// typesOf returns the columns of a table with the names of their types, in capitals.
func (d *Database) typesOf(ctx context.Context, table string) (types map[string]string, found bool, err error) {
	rows, err := d.source.Pool.QueryContext(ctx, "SELECT * FROM "+d.quoteTable(table)+" WHERE 1 = 0")
	if d.source.MissingTable(err) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("the table %s cannot be read: %w", table, err)
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return nil, false, fmt.Errorf("the table %s cannot be read: %w", table, err)
	}
	types = make(map[string]string, len(columns))
	for _, c := range columns {
		types[c.Name()] = strings.ToUpper(c.DatabaseTypeName())
	}
	return types, true, errors.Join(rows.Err(), rows.Close())
}
