package store

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"unicode"
)

// location is a connection string, taken apart.
type location struct {
	kind string
	path string   // SQLite: absolute
	url  *url.URL // servers: with scheme, host, database and query; the password is in it
	raw  string   // servers: as it was given
}

var errURLForm = errors.New("the database is not one of sqlite:PATH, postgres://user:password@host:port/name, mysql://user:password@host:port/name")

// parseURL takes a connection string apart. Its errors hold nothing of the
// string but the scheme and the names of options: a password with a character
// that should have been escaped may turn up in any part of it.
func parseURL(text string) (location, error) {
	scheme, rest, found := strings.Cut(text, ":")
	if !found {
		return location{}, errURLForm
	}
	switch scheme {
	case "sqlite":
		return parseSQLite(rest)
	case "postgres", "postgresql":
		return parseServer(kindPostgres, text)
	case "mysql", "mariadb":
		return parseServer(kindMySQL, text)
	}
	return location{}, errURLForm
}

// parseSQLite takes everything after the colon as a file name, relative to the
// working directory.
func parseSQLite(path string) (location, error) {
	switch {
	case path == "":
		return location{}, errors.New("sqlite: names no file: give sqlite:PATH")
	case strings.Contains(path, ":memory:"):
		return location{}, errors.New("a database in memory would lose everything at the end: give sqlite:PATH")
	case strings.ContainsRune(path, 0):
		return location{}, errors.New("the SQLite file name has a NUL in it")
	}
	// sqlite:///var/lib/x and sqlite://x are how others write it.
	if after, ok := strings.CutPrefix(path, "//"); ok {
		path = after
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return location{}, fmt.Errorf("the SQLite file %s: %w", path, err)
	}
	return location{kind: kindSQLite, path: abs}, nil
}

func parseServer(kind, text string) (location, error) {
	at := location{kind: kind, raw: text}
	u, err := url.Parse(text)
	if err != nil {
		// Its text holds the whole string.
		return at, fmt.Errorf("the %s connection string is not a URL: characters like @ / : ? # %% in a password must be percent-encoded", at.label())
	}
	at.url = u
	if u.Fragment != "" || strings.HasSuffix(text, "#") {
		return at, fmt.Errorf("the %s connection string has a # in it: in a password it must be written %%23", at.label())
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return at, fmt.Errorf("the options of the %s connection string cannot be read: write ?name=value&name=value", at.label())
	}
	if u.User == nil && u.Opaque != "" || u.Opaque != "" {
		return at, fmt.Errorf("the %s connection string has no // after the colon", at.label())
	}
	name := strings.TrimPrefix(u.Path, "/")
	if name == "" || strings.Contains(name, "/") {
		return at, fmt.Errorf("the %s connection string names no database: it ends with /name", at.label())
	}
	return at, nil
}

// label is how people call the kind.
func (l location) label() string {
	switch l.kind {
	case kindSQLite:
		return "SQLite"
	case kindPostgres:
		return "PostgreSQL"
	}
	return "MySQL"
}

// place says where the database is, for messages: one line, never the user's
// password. A URL may hold a line break in its name or its options, escaped.
func (l location) place() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, l.written())
}

// written is the place in the very characters that were given.
func (l location) written() string {
	if l.kind == kindSQLite {
		return l.path
	}
	q := l.url.Query()
	host := l.url.Host
	if socket := q.Get("socket"); host == "" && socket != "" {
		host = socket
	} else if h := q.Get("host"); host == "" && h != "" {
		host = h
	}
	return host + l.url.Path
}

// address is the host and the port, with what the server is known by when the
// string leaves them out.
func (l location) address(port string) string {
	host := l.url.Hostname()
	if host == "" {
		host = "127.0.0.1"
	}
	if p := l.url.Port(); p != "" {
		port = p
	}
	return net.JoinHostPort(host, port)
}

// reason makes one line of why a database cannot be used.
func reason(err error) error {
	if text := err.Error(); strings.ContainsAny(text, "\r\n") {
		return errors.New(strings.Join(strings.Fields(text), " "))
	}
	return err
}
