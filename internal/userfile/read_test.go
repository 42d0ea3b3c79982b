package userfile_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/userfile"
)

// everything is a row with every column.
func everything(line int) userfile.Row {
	return userfile.Row{
		Line: line, ID: "42", Username: "alice", Email: new("alice@example.com"), FirstName: new("Alice, A."), LastName: new("Lid\ndell"),
		Active: new(false), Staff: new(true), Superuser: new(false),
		JoinedAt: time.UnixMilli(1_704_164_645_678).UTC(), LastSignInAt: time.UnixMilli(1_704_240_000_000).UTC(),
		PasswordHash: secret.New("!x"), PasswordMustChange: true, InitialPassword: secret.New(" pass;word "),
		Roles: []string{"editor", "reader"}, Permissions: []string{"blog.publish"},
	}
}

const everythingCSV = "roles,id,username,email,first_name,last_name,is_active,is_staff,is_superuser,joined_at,last_sign_in_at," +
	"password_hash,password_must_change,initial_password,permissions\r\n" +
	"editor; reader;,42,alice,alice@example.com,\"Alice, A.\",\"Lid\ndell\",No,1,f,2024-01-02 03:04:05.678912+00:00,2024-01-03,!x,t, pass;word ,blog.publish\r\n"

const everythingJSON = `{"id":42,"username":"alice","email":"alice@example.com","first_name":"Alice, A.","last_name":"Lid\ndell",` +
	`"is_active":false,"is_staff":true,"is_superuser":false,"joined_at":"2024-01-02T04:04:05.678+01:00","last_sign_in_at":"2024-01-03T00:00:00Z",` +
	`"password_hash":"!x","password_must_change":true,"initial_password":" pass;word ","roles":["editor"," reader "],"permissions":["blog.publish"]}`

// read reads all rows, and the lines and reasons of those that are none.
func read(t *testing.T, r userfile.Reader) (rows []userfile.Row, bad map[int]string) {
	t.Helper()
	bad = map[int]string{}
	for {
		row, err := r.Read()
		wrong, ok := errors.AsType[*userfile.RowError](err)
		switch {
		case ok:
			bad[wrong.Line] = wrong.Reason
		case errors.Is(err, io.EOF):
			return rows, bad
		case err != nil:
			t.Fatal(err)
		default:
			rows = append(rows, row)
		}
	}
}

func names(rows []userfile.Row) string {
	var all []string
	for _, r := range rows {
		all = append(all, r.Username)
	}
	return strings.Join(all, " ")
}

func csvOf(t *testing.T, text string) *userfile.CSV {
	t.Helper()
	r, err := userfile.NewCSV(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// compareRows compares secrets too.
func compareRows(t *testing.T, got, want []userfile.Row) {
	t.Helper()
	same := cmp.Comparer(func(a, b secret.Text) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, got, same, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestRead_every_column(t *testing.T) {
	t.Parallel()
	rows, bad := read(t, csvOf(t, "\xef\xbb\xbf"+everythingCSV+"\n\r\n,,bob,,,,,,,,,,,,"))
	bob := userfile.Row{Line: 6, Username: "bob", Email: new(""), FirstName: new(""), LastName: new(""), Roles: []string{}, Permissions: []string{}}
	compareRows(t, rows, []userfile.Row{everything(2), bob})
	if len(bad) > 0 {
		t.Errorf("bad rows: %v", bad)
	}
	lines := everythingJSON + "\r\n\n \t{ \"username\" : \"bob\" , \"id\":null,\"roles\":[ ]}"
	rows, bad = read(t, userfile.NewJSONLines(iotest.OneByteReader(strings.NewReader(lines))))
	compareRows(t, rows, []userfile.Row{everything(1), {Line: 3, Username: "bob", Roles: []string{}}})
	if len(bad) > 0 {
		t.Errorf("bad rows: %v", bad)
	}
}

// A header that cannot be understood is an error of the file: nothing can be said of
// its rows.
func TestNewCSV_headers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                         "the file is empty",
		"\n\n":                     "the file is empty",
		"user_name\nx":             `line 1: there is no column "user_name"; the nearest is username`,
		"username,Email":           `there is no column "Email"; the nearest is email`,
		"username, email ,email\n": "the column email is there twice",
		"email\n":                  "there is no column username",
		"username;email\n":         "columns are separated by commas",
		"username\temail\n":        "columns are separated by commas",
		"\xff\xfeu\x00s\x00":       "UTF-16",
		"username,\"email\n":       "a quoted field",
		strings.Repeat("x", userfile.MaxRow+1) + "\nusername": "longer than 256 KiB",
	} {
		_, err := userfile.NewCSV(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
}

// The rows after a bad one are read, whatever is wrong with it.
func TestCSV_goes_on_after_a_bad_row(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", userfile.MaxRow+1)
	for name, c := range map[string]struct {
		text, names string
		bad         map[int]string
	}{
		"cells":             {"a\nb,x\nc,x,y\nd,x", "b d", map[int]string{2: "1 cells", 4: "3 cells"}},
		"bare quote":        {"a,x\"y\nb,x\n", "b", map[int]string{2: "bare"}},
		"bare, then open":   {"a\",\"x\nb,x\n", "b", map[int]string{2: "bare"}},
		"so on every line":  {strings.Repeat("a\",\"\n", 100_000) + "b,x\n", "b", nil}, // each a look ahead of 256 KiB, it would take an hour
		"after the quote":   {"a,\"x\"y\nb,x\n", "b", map[int]string{2: `extraneous`}},
		"never ends":        {"a,x\nb,\"x\nc,x\nd,x", "a c d", map[int]string{3: "a quoted field does not end"}},
		"quotes over lines": {"a,\"x\n\"y\nb,x\n", "b", map[int]string{2: `extraneous`, 3: "does not end"}},
		"long":              {"a,x\nb," + long + "\nc,x\n", "a c", map[int]string{3: "longer than"}},
		"long and quoted":   {"a,x\nb,\"" + strings.Repeat("xxx\n", userfile.MaxRow/4) + "c,x\n", "a c", nil},
		"long in quotes":    {"a,x\nb,\"\n" + long + "\nc,x\n", "a c", map[int]string{3: "does not end", 4: "longer than"}},
		"no UTF-8":          {"a,\xff\nb,x\n", "b", map[int]string{2: "UTF-8"}},
		"NUL":               {"a,\x00\nb,x\n", "b", map[int]string{2: "NUL"}},
		"a quote in quotes": {"a,\"x \"\"y\"\",\n\"\nb,x\n", "a b", map[int]string{}},
		"spaces":            {" \na,x\n", "a", map[int]string{2: "1 cells"}},
	} {
		rows, bad := read(t, csvOf(t, "username,last_name\n"+c.text))
		if names(rows) != c.names {
			t.Errorf("%s: rows %s, want %s", name, names(rows), c.names)
		}
		if c.bad != nil && len(bad) != len(c.bad) {
			t.Errorf("%s: bad rows %v, want %v", name, bad, c.bad)
		}
		for line, part := range c.bad {
			if !strings.Contains(bad[line], part) {
				t.Errorf("%s: line %d: %q, want %q", name, line, bad[line], part)
			}
		}
	}
}

func TestJSONLines_refuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[]`: "not one JSON object", `{`: "not one JSON object", `{"username":"a"`: "not one JSON object", `{"username":"a"}{}`: "not one JSON object",
		`{"username":"a",}`: "not one JSON object", `{,}`: "not one JSON object", `{"username" "a"}`: "not one JSON object", `null`: "not one JSON object",
		`{"username":"a","user":"b"}`:           `there is no column "user"; the nearest is`,
		`{"username":"a","username":"b"}`:       "username is there twice",
		`{"Username":"a"}`:                      `the nearest is username`,
		`{"username":1}`:                        "username is not text",
		`{"username":{"a":1}}`:                  "username: is an object",
		`{"username":"a\u0000"}`:                "NUL",
		"{\"username\":\"a\xff\"}":              "UTF-8",
		`{"is_active":"perhaps"}`:               "is_active is not true or false",
		`{"is_active":2}`:                       "is_active is not true or false",
		`{"is_active":[]}`:                      "is_active is not true or false",
		`{"id":4.2}`:                            "not a whole one",
		`{"id":-4}`:                             "not a whole one",
		`{"id":true}`:                           "id is not text",
		`{"roles":"editor"}`:                    "roles is not a list",
		`{"roles":[1]}`:                         "roles: ",
		`{"roles":["a"`:                         "roles: ",
		`{"joined_at":"yesterday"}`:             "joined_at is not a time",
		`{"joined_at":1700000000}`:              "joined_at is not a time",
		`{"joined_at":"0001-01-01T00:00:00Z"}`:  "joined_at is before 1970",
		`{"joined_at":"2024-02-30T00:00:00Z"}`:  "joined_at is not a time",
		strings.Repeat(" ", userfile.MaxRow+10): "longer than",
	} {
		rows, bad := read(t, userfile.NewJSONLines(strings.NewReader(text+"\n"+`{"username":"next"}`)))
		if !strings.Contains(bad[1], want) || names(rows) != "next" {
			t.Errorf("%.60q: %q, want %q; rows %v", text, bad[1], want, names(rows))
		}
	}
}

// What is wrong with the file itself ends the reading.
func TestRead_fails_with_the_file(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	good := "username\na\n\"b\n"
	r, err := userfile.NewCSV(io.MultiReader(strings.NewReader(good), iotest.ErrReader(broken)))
	if err != nil {
		t.Fatal(err)
	}
	if row, err := r.Read(); err != nil || row.Username != "a" {
		t.Errorf("the first row: %v, %v", row, err)
	}
	if _, err := r.Read(); !errors.Is(err, broken) {
		t.Errorf("CSV: %v, want %v", err, broken)
	}
	if _, err := userfile.NewJSONLines(iotest.ErrReader(broken)).Read(); !errors.Is(err, broken) {
		t.Errorf("JSON lines: %v, want %v", err, broken)
	}
}
