package store_test

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// What a schema says of itself, a fact a line. Both servers have the tables of
// the SQL standard for it; SQLite has its own.
const (
	serverColumns = `
		SELECT CONCAT(table_name, ' ', column_name, ' ', data_type, ' ', COALESCE(character_maximum_length, 0), ' ', is_nullable)
		FROM information_schema.columns WHERE table_schema = `
	serverKeys = `
		SELECT CONCAT(t.table_name, ' ', LOWER(t.constraint_type), ' ', t.constraint_name, ' ', k.column_name)
		FROM information_schema.table_constraints t
		JOIN information_schema.key_column_usage k ON k.constraint_name = t.constraint_name
			AND k.table_name = t.table_name AND k.table_schema = t.table_schema
		WHERE t.constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND t.table_schema = `
	serverReferences = `
		SELECT CONCAT(k.table_name, ' ', k.column_name, ' ', LOWER(r.delete_rule))
		FROM information_schema.referential_constraints r
		JOIN information_schema.key_column_usage k ON k.constraint_name = r.constraint_name
			AND k.table_schema = r.constraint_schema
		WHERE r.constraint_schema = `

	sqliteColumns = `
		SELECT t.name || ' ' || c.name || ' ' || LOWER(c.type) || ' 0 ' || CASE c."notnull" WHEN 1 THEN 'NO' ELSE 'YES' END
		FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`
	sqliteKeys = `
		SELECT t.name || ' ' || CASE i.origin WHEN 'pk' THEN 'primary key' ELSE 'unique' END || ' ' || i.name || ' ' || c.name
		FROM sqlite_master t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
		WHERE t.type = 'table' AND i."unique" = 1 ORDER BY t.name, i.name, c.seqno`
	sqliteReferences = `
		SELECT t.name || ' ' || f."from" || ' ' || LOWER(f.on_delete)
		FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'`
)

// facts reads a schema in a form that is the same for all databases.
func facts(t *testing.T, db *store.DB) []string {
	t.Helper()
	read := func(query string) []string {
		lines, err := db.Texts(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	var all, keys []string
	switch db.Kind() {
	case "sqlite":
		all = sqliteLengths(read(sqliteColumns), read(`SELECT sql FROM sqlite_master WHERE type = 'table'`))
		all = append(all, read(sqliteReferences)...)
		keys = read(sqliteKeys)
	case "postgres":
		all = append(read(serverColumns+`'public'`), read(serverReferences+`'public'`)...)
		keys = read(serverKeys + `'public' ORDER BY t.table_name, t.constraint_name, k.ordinal_position`)
	default:
		all = append(read(serverColumns+`DATABASE()`), read(serverReferences+`DATABASE()`)...)
		keys = read(serverKeys + `DATABASE() ORDER BY t.table_name, t.constraint_name, k.ordinal_position`)
	}
	all = append(all, grouped(keys)...)
	for i, line := range all {
		all[i] = sameTypes(line)
	}
	all = slices.DeleteFunc(all, func(line string) bool {
		return strings.HasPrefix(line, "goose_") || strings.HasPrefix(line, "sqlite_")
	})
	slices.Sort(all)
	return all
}

var (
	sqliteTable = regexp.MustCompile(`CREATE TABLE "?(\w+)`)
	sqliteLimit = regexp.MustCompile(`(\w+) +TEXT [^\n]*CHECK \(length\((\w+)\) <= (\d+)\)`)
)

// sqliteLengths gives the columns the length that a CHECK of theirs allows: the
// types of SQLite have none.
func sqliteLengths(columns, tables []string) []string {
	for _, sql := range tables {
		table := sqliteTable.FindStringSubmatch(sql)[1]
		for _, limit := range sqliteLimit.FindAllStringSubmatch(sql, -1) {
			was := table + " " + limit[2] + " text 0 "
			for i, line := range columns {
				if rest, found := strings.CutPrefix(line, was); found && limit[1] == limit[2] {
					columns[i] = table + " " + limit[2] + " text " + limit[3] + " " + rest
				}
			}
		}
	}
	return columns
}

// grouped makes one line of the columns of a key. A key's name is its own affair.
func grouped(keys []string) []string {
	var all []string
	last := ""
	for _, line := range keys {
		at := strings.LastIndexByte(line, ' ')
		key, column := line[:at], line[at+1:]
		if key == last {
			all[len(all)-1] += "," + column
			continue
		}
		last = key
		all = append(all, key[:strings.LastIndexByte(key, ' ')]+" "+column)
	}
	return all
}

// sameTypes replaces the name of a column's type by what it can hold. Only text
// with a bound keeps its length.
func sameTypes(line string) string {
	f := strings.Fields(strings.Replace(line, "character varying", "varchar", 1))
	if len(f) != 5 {
		return line
	}
	switch f[2] {
	case "bigint", "smallint", "integer", "int", "tinyint":
		f[2], f[3] = "number", "0"
	case "bytea", "blob", "varbinary", "mediumblob":
		f[2], f[3] = "bytes", "0"
	case "text", "longtext", "mediumtext":
		f[2] = "text"
		if f[3] == "65535" || f[3] == "16777215" { // what MySQL calls TEXT and MEDIUMTEXT
			f[3] = "0"
		}
	case "varchar":
		f[2] = "text"
	}
	return strings.Join(f, " ")
}

// TestSchema compares tables, columns, what they hold, nullability, unique keys
// and references of the three databases.
func TestSchema(t *testing.T) {
	t.Parallel()
	schemas := map[string][]string{}
	storetest.Each(t, func(t *testing.T, db *store.DB) { schemas[db.Kind()] = facts(t, db) })
	want := schemas["sqlite"]
	for _, line := range []string{
		"users username text 150 NO", "users primary key id", "users unique username_key", "sessions user_id cascade",
		"events seq number 0 YES", "events unique seq", "user_roles primary key user_id,role_id",
	} {
		if !slices.Contains(want, line) { // or the comparison would be of nothing
			t.Errorf("the schema of SQLite has no %q", line)
		}
	}
	for kind, got := range schemas {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs from SQLite (-sqlite +%s):\n%s", kind, kind, diff)
		}
	}
}

// TestCollation: one text column with another collation, and its names would be
// equal or ordered in another way, or depend on how the database was made.
func TestCollation(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct{ query, want string }{
		"postgres": {`SELECT CONCAT(table_name, ' ', column_name, ' ', collation_name) FROM information_schema.columns
			WHERE table_schema = 'public' AND data_type IN ('text', 'character varying')`, " C"},
		"mysql": {`SELECT CONCAT(table_name, ' ', column_name, ' ', collation_name) FROM information_schema.columns
			WHERE table_schema = DATABASE() AND collation_name IS NOT NULL`, " utf8mb4_bin"},
	} {
		t.Run(kind, func(t *testing.T) {
			db := storetest.Open(t, storetest.URL(t, kind))
			lines, err := db.Texts(t.Context(), c.query)
			if err != nil {
				t.Fatal(err)
			}
			if len(lines) < 20 {
				t.Errorf("only %d text columns", len(lines))
			}
			for _, line := range lines {
				if !strings.HasSuffix(line, c.want) && !strings.HasPrefix(line, "goose_") {
					t.Errorf("%s, want%s", line, c.want)
				}
			}
		})
	}
}

// TestMigrationFiles: the three have the same numbers and names, and MySQL, which
// commits DDL by itself, has one such statement a file.
func TestMigrationFiles(t *testing.T) {
	t.Parallel()
	names := map[string][]string{}
	for _, kind := range []string{"sqlite", "postgres", "mysql"} {
		files, err := fs.Glob(store.Migrations(), "migrations/"+kind+"/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			names[kind] = append(names[kind], path.Base(file))
			content, err := fs.ReadFile(store.Migrations(), file)
			if err != nil {
				t.Fatal(err)
			}
			sql := string(content)
			if !strings.HasPrefix(sql, "-- +goose Up\n") || strings.Contains(sql, "+goose Down") {
				t.Errorf("%s: want a migration that goes up and not down", file)
			}
			if kind == "mysql" && strings.Contains(sql, "CREATE ") && strings.Count(sql, ";") != 1 {
				t.Errorf("%s: more than one statement", file)
			}
		}
	}
	for kind, got := range names {
		if diff := cmp.Diff(names["sqlite"], got); diff != "" || len(got) == 0 {
			t.Errorf("files of %s (-sqlite +%s):\n%s", kind, kind, diff)
		}
	}
}
