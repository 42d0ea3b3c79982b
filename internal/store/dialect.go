package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// The kinds of database, which are also the folders of their migrations.
const (
	kindSQLite   = "sqlite"
	kindPostgres = "postgres"
	kindMySQL    = "mysql"
)

// dialect is everything in which the databases differ. Keep it small: a new
// field is a decision to have different behaviour to test.
type dialect struct {
	kind      string
	isolation sql.IsolationLevel
	// rebind gives a statement the placeholders of the database.
	rebind func(query string) string
	// retryable: the transaction lost to another one and may win when it runs again.
	retryable func(error) bool
	// unavailable: the database, the way to it or its disk does not work now.
	unavailable      func(error) bool
	duplicate        func(error) bool
	missingReference func(error) bool
	missingTable     func(error) bool
	// rowValues: an index answers (a, b) < (?, ?), and not the same with OR. MySQL and
	// MariaDB have it the other way around.
	rowValues bool
	// clock asks for the database's time in microseconds since 1970; empty where
	// it is ours.
	clock string
}

// same is the rebind of databases whose placeholder is '?'.
func same(query string) string { return query }

// numbered returns a rebind that numbers the placeholders ($1, $2 …) and
// remembers every text, which are literals of this package.
func numbered() func(string) string {
	var known sync.Map
	return func(query string) string {
		if text, ok := known.Load(query); ok {
			return text.(string)
		}
		text := number(query)
		known.Store(query, text)
		return text
	}
}

// number replaces each '?' outside quotes.
func number(query string) string {
	var b strings.Builder
	b.Grow(len(query) + 8)
	n, quote := 0, byte(0)
	for i := range len(query) {
		c := query[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '?':
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// disconnected reports whether err says that there is no connection (any more).
func disconnected(err error) bool {
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
