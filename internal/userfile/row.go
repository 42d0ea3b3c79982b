package userfile

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/nearest"
	"github.com/countersign/countersign/internal/secret"
)

// MaxRow is the longest row of a file, in bytes: a line of JSON, or the lines of one
// record of CSV.
const MaxRow = 256 << 10

// Row is one user as a file has it. What is nil or zero the file does not say.
type Row struct {
	Line     int // where it begins, from 1
	ID       string
	Username string

	Email, FirstName, LastName *string
	Active, Staff, Superuser   *bool
	JoinedAt, LastSignInAt     time.Time

	PasswordHash       secret.Text
	PasswordMustChange bool // of the hash
	InitialPassword    secret.Text

	Roles, Permissions []string

	// What ends, each as "TIME NAME".
	RolesUntil, PermissionsUntil []string
}

// RowError is a row that cannot be read. The reader goes on after it.
type RowError struct {
	Line   int
	Reason string // for people; never a part of a password
}

// Error implements error.
func (e *RowError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Reader reads the rows of a file. Read returns io.EOF at the end, a RowError for a
// row that is no user, and any other error for a file that cannot be read on.
type Reader interface {
	Read() (Row, error)
}

// value is what a row says in one column. A cell of CSV is a text, and a list where
// the column is one.
type value struct {
	kind valueKind
	text string // of a text or a number
	flag bool
	list []string
}

type valueKind uint8

const (
	textValue valueKind = iota
	numberValue
	flagValue
	listValue
)

// column is what a file may say of a user.
type column struct {
	name string
	list bool
	set  func(*Row, value) error
}

// columns are all of them, in the order in which the guide has them.
var columns = [...]column{
	{name: "id", set: identifier},
	{name: "username", set: text(func(r *Row, text string) { r.Username = text })},
	{name: "email", set: text(func(r *Row, text string) { r.Email = &text })},
	{name: "first_name", set: text(func(r *Row, text string) { r.FirstName = &text })},
	{name: "last_name", set: text(func(r *Row, text string) { r.LastName = &text })},
	{name: "is_active", set: flag(func(r *Row, yes bool) { r.Active = &yes })},
	{name: "is_staff", set: flag(func(r *Row, yes bool) { r.Staff = &yes })},
	{name: "is_superuser", set: flag(func(r *Row, yes bool) { r.Superuser = &yes })},
	{name: "joined_at", set: moment(func(r *Row, at time.Time) { r.JoinedAt = at })},
	{name: "last_sign_in_at", set: moment(func(r *Row, at time.Time) { r.LastSignInAt = at })},
	{name: "password_hash", set: text(func(r *Row, text string) { r.PasswordHash = secret.New(text) })},
	{name: "password_must_change", set: flag(func(r *Row, yes bool) { r.PasswordMustChange = yes })},
	{name: "initial_password", set: text(func(r *Row, text string) { r.InitialPassword = secret.New(text) })},
	{name: "roles", list: true, set: list(func(r *Row, all []string) { r.Roles = all })},
	{name: "permissions", list: true, set: list(func(r *Row, all []string) { r.Permissions = all })},
	{name: "roles_until", list: true, set: list(func(r *Row, all []string) { r.RolesUntil = all })},
	{name: "permissions_until", list: true, set: list(func(r *Row, all []string) { r.PermissionsUntil = all })},
}

// columnOf returns the column of a name, or an error that says which it might be.
func columnOf(name string) (*column, error) {
	names := make([]string, len(columns))
	for i := range columns {
		if columns[i].name == name {
			return &columns[i], nil
		}
		names[i] = columns[i].name
	}
	const most = 40 // code points of a name that may be a whole line
	if shown := []rune(name); len(shown) > most {
		name = string(shown[:most])
	}
	return nil, fmt.Errorf("there is no column %q; the nearest is %s", name, nearest.Name(name, names))
}

// put sets one column of a row.
func (c *column) put(r *Row, v value) error {
	for _, text := range append([]string{v.text}, v.list...) {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return fmt.Errorf("%s is not text: it has a NUL, or is not UTF-8", c.name)
		}
	}
	if err := c.set(r, v); err != nil {
		return fmt.Errorf("%s %w", c.name, err)
	}
	return nil
}

func text(set func(*Row, string)) func(*Row, value) error {
	return func(r *Row, v value) error {
		if v.kind != textValue {
			return errors.New("is not text")
		}
		set(r, v.text)
		return nil
	}
}

// identifier takes numbers too: they are ids in many databases.
func identifier(r *Row, v value) error {
	if v.kind != textValue && v.kind != numberValue {
		return errors.New("is not text")
	}
	r.ID = strings.TrimSpace(v.text)
	return nil
}

// flag reads what JSON, spreadsheets and the databases write. Empty is not said.
func flag(set func(*Row, bool)) func(*Row, value) error {
	return func(r *Row, v value) error {
		switch {
		case v.kind == flagValue:
			set(r, v.flag)
			return nil
		case v.kind == listValue:
			return errors.New("is not true or false")
		}
		switch strings.ToLower(strings.TrimSpace(v.text)) {
		case "":
		case "true", "t", "yes", "1":
			set(r, true)
		case "false", "f", "no", "0":
			set(r, false)
		default:
			return errors.New("is not true or false")
		}
		return nil
	}
}

// list reads an array, without the blanks that a list of CSV ends with.
func list(set func(*Row, []string)) func(*Row, value) error {
	return func(r *Row, v value) error {
		if v.kind != listValue {
			return errors.New("is not a list")
		}
		all := []string{}
		for _, text := range v.list {
			if text = strings.TrimSpace(text); text != "" {
				all = append(all, text)
			}
		}
		set(r, all)
		return nil
	}
}

// layouts are the times that are read: RFC 3339, and what databases and Django print.
// A time without a zone is UTC.
var layouts = [...]string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07",
	"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", time.DateOnly,
}

// moment reads a time in milliseconds. Empty is not said.
func moment(set func(*Row, time.Time)) func(*Row, value) error {
	return func(r *Row, v value) error {
		if v.kind != textValue {
			return errors.New("is not a time as 2026-01-31T12:00:00Z")
		}
		written := strings.TrimSpace(v.text)
		if written == "" {
			return nil
		}
		for _, layout := range layouts {
			at, err := time.Parse(layout, written)
			if err != nil {
				continue
			}
			if at.UnixMilli() <= 0 {
				return errors.New("is before 1970")
			}
			set(r, at.UTC().Truncate(time.Millisecond))
			return nil
		}
		return errors.New("is not a time as 2026-01-31T12:00:00Z")
	}
}
