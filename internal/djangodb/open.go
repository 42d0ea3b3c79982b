package djangodb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/store"
)

var _ importer.Source = (*Database)(nil)

// The tables of Django, but for those of the users.
const (
	tableMigrations   = "django_migrations"
	tableTypes        = "django_content_type"
	tableUser         = "auth_user"
	tableGroup        = "auth_group"
	tablePermission   = "auth_permission"
	tableGroupGives   = "auth_group_permissions"
	tableOutstanding  = "token_blacklist_outstandingtoken"
	tableBlacklisted  = "token_blacklist_blacklistedtoken"
	suffixGroups      = "_groups"
	suffixPermissions = "_user_permissions"
)

// None stands in Options.Columns for a column that the table does not have.
const None = "-"

// Options say how a project differs from one that startproject makes.
type Options struct {
	// UserTable is the table of AUTH_USER_MODEL; empty for auth_user.
	UserTable string
	// Columns are the columns of that table that have another name, by Django's
	// name of the field; None for one that it does not have.
	Columns map[string]string
}

// Database is the database of a Django project.
type Database struct {
	source *store.Source
	name   string
	notes  []string

	userTable string
	columns   map[string]string // by Django's name of the field; those that there are
	idType    idType
	groups    link // of users to groups
	direct    link // of users to permissions
	blacklist bool
}

// Open connects to the database that url names, as store.OpenSource does, and finds
// its way in it. The error says what is missing. Close what it returns.
func Open(ctx context.Context, url string, o Options) (*Database, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	source, err := store.OpenSource(ctx, url)
	if err != nil {
		return nil, err
	}
	d := &Database{source: source, userTable: o.UserTable}
	if err := d.find(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", source.Place, err), d.Close())
	}
	return d, nil
}

// Close ends the connections.
func (d *Database) Close() error { return d.source.Pool.Close() }

// Name implements importer.Source.
func (d *Database) Name() string { return d.name }

// Notes implements importer.Source.
func (d *Database) Notes() []string { return d.notes }

func (o Options) check() error {
	for field, column := range o.Columns {
		switch {
		case !slices.Contains(userColumns, field):
			return fmt.Errorf("there is no field %q: a column can be named for %s", field, strings.Join(userColumns, ", "))
		case column == "":
			return fmt.Errorf("the column for %s has no name; it is %s when the table has none", field, None)
		case column == None && slices.Contains(neededColumns, field):
			return fmt.Errorf("the field %s cannot be left out", field)
		}
	}
	return nil
}

// find looks at the schema.
func (d *Database) find(ctx context.Context, o Options) error {
	if err := d.identify(ctx); err != nil {
		return err
	}
	if err := d.findUsers(ctx, o); err != nil {
		return err
	}
	var missing []string
	for table, columns := range map[string][]string{
		tableTypes:      {"id", "app_label", "model"},
		tableGroup:      {"id", "name"},
		tablePermission: {"id", "name", "content_type_id", "codename"},
		tableGroupGives: {"group_id", "permission_id"},
	} {
		lacks, err := d.lacks(ctx, table, columns)
		if err != nil {
			return err
		}
		missing = append(missing, lacks...)
	}
	lacks, err := d.findBlacklist(ctx)
	if err != nil {
		return err
	}
	if missing = append(missing, lacks...); len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("its migrations have not all run: %s", strings.Join(missing, "; "))
	}
	if d.source.Kind != "postgres" {
		d.notes = append(d.notes, "Times in this database have no zone and were taken as UTC. With USE_TZ = False they were local times.")
	}
	return nil
}

// identify makes the name of the source.
func (d *Database) identify(ctx context.Context) error {
	for _, table := range []string{tableMigrations, tableTypes} {
		if _, found, err := d.typesOf(ctx, table); err != nil {
			return err
		} else if !found {
			return fmt.Errorf("it is not the database of a Django project: there is no table %s", table)
		}
	}
	rows, err := d.read(ctx, query{
		table: tableMigrations, columns: d.quote("app", "name", "applied"), rest: " ORDER BY t." + d.source.Quote("id") + " LIMIT 1",
	})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("it is not the database of a Django project: %s is empty", tableMigrations)
	}
	applied := rows[0][2].String
	if at, err := parseTime(applied); err == nil {
		applied = at.Format("2006-01-02T15:04:05.000000Z")
	}
	sum := sha256.Sum256([]byte(rows[0][0].String + "\x00" + rows[0][1].String + "\x00" + applied))
	d.name = "django-" + hex.EncodeToString(sum[:8])
	return nil
}

// findBlacklist looks for the tables of simplejwt's blacklist, which a project may
// not have.
func (d *Database) findBlacklist(ctx context.Context) ([]string, error) {
	needed := map[string][]string{
		tableOutstanding: {"id", "user_id", "jti", "token", "expires_at"},
		tableBlacklisted: {"id", "token_id", "blacklisted_at"},
	}
	var all []string
	absent := 0
	for _, table := range slices.Sorted(maps.Keys(needed)) {
		_, found, err := d.typesOf(ctx, table)
		if err != nil {
			return nil, err
		}
		if !found {
			absent++
		}
		lacks, err := d.lacks(ctx, table, needed[table])
		if err != nil {
			return nil, err
		}
		all = append(all, lacks...)
	}
	if absent == len(needed) {
		d.notes = append(d.notes, "The project has no token blacklist, so no token was revoked.")
		return nil, nil
	}
	d.blacklist = true
	return all, nil
}
