package importer

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

const (
	// noPassword is a password string that matches nothing.
	noPassword = "!"

	// maxNumber is the largest id that the sequence of numbers goes on after: every
	// program can hold it exactly, and there is room for more.
	maxNumber = 1 << 53
)

// candidate is a user of the source as the account that it is to be.
type candidate struct {
	row         Row
	user        user.User
	roles       []ident.RoleID
	permissions []access.Permission
	fields      []digest
	refused     bool // the password string was not taken
}

// candidate makes the account of a row. It lists what is wrong, and returns false
// when the row cannot be imported.
func (p *pass) candidate(row User) (*candidate, bool) {
	c := &candidate{row: row.Row, user: row.User}
	why := row.Broken
	if why == "" && !ident.Valid(row.ID) {
		why = fmt.Sprintf("the id cannot be kept: it is not 1 to %d letters, digits, '-' and '_'", ident.MaxLen)
	}
	if n, err := strconv.ParseInt(row.ID, 10, 64); err == nil && n <= maxNumber {
		p.highest = max(p.highest, n)
	}
	if why == "" {
		c.user.ID = ident.UserID(row.ID)
		c.user = p.Naming.NormaliseUser(c.user)
		why = wrong(c.user, row.User)
	}
	if why != "" {
		p.report.refuse(&p.report.Users, BadRow, row.Row, why)
		return nil, false
	}
	p.password(c)
	c.permissions = p.given(row.Row, row.Permissions)
	for _, id := range row.Groups {
		role, is := p.roles[id]
		switch {
		case is:
			c.roles = append(c.roles, role)
		case !p.known[groupKey(id)]:
			p.report.add(Problem{Kind: BadRow, Table: row.Table, ID: row.ID,
				Reason: fmt.Sprintf("its group %s does not exist; it is imported without", id)})
		}
	}
	c.fields = fieldsOfUser(c.user, c.roles, c.permissions)
	if c.user.JoinedAt.IsZero() {
		c.user.JoinedAt = p.began
	}
	return c, true
}

// wrong says what keeps an account from being imported. An address may have any
// form: the source did not look at it either.
func wrong(u, source user.User) string {
	for _, f := range []struct{ name, text string }{
		{"username", source.Username}, {"email", source.Email}, {"first name", source.FirstName}, {"last name", source.LastName},
	} {
		switch {
		case strings.ContainsRune(f.text, 0):
			return "the " + f.name + " has a NUL in it"
		case !utf8.ValidString(f.text):
			return "the " + f.name + " is not UTF-8 text"
		}
	}
	if u.Username == "" {
		return "the username is empty"
	}
	if n := utf8.RuneCountInString(u.Username); n > user.MaxUsername {
		return fmt.Sprintf("the username has %d characters, and %d are the most", n, user.MaxUsername)
	}
	if user.CheckUsername(u.Username) != nil {
		return fmt.Sprintf("the username %q has characters that are not letters, numbers or one of @ . + - _", u.Username)
	}
	for _, f := range []struct {
		name, text string
		most       int
	}{{"email", u.Email, user.MaxEmail}, {"first name", u.FirstName, user.MaxName}, {"last name", u.LastName, user.MaxName}} {
		if n := utf8.RuneCountInString(f.text); n > f.most {
			return fmt.Sprintf("the %s has %d characters, and %d are the most", f.name, n, f.most)
		}
		if strings.ContainsFunc(f.text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
			return "the " + f.name + " has characters that cannot be printed"
		}
	}
	return ""
}

// password takes the password string if somebody can sign in with it and nobody
// who steals it can guess much faster than with our own. What marks an account
// without a password stays as it is.
func (p *pass) password(c *candidate) {
	encoded := c.user.Password.Reveal()
	inspection, err := password.Inspect(encoded)
	why := ""
	switch {
	case err != nil:
		why = "the password string cannot be verified: " + err.Error()
	case encoded == "":
		c.user.Password = secret.New(noPassword)
		return
	case inspection.Weak && !p.o.AllowWeakHashes:
		why = fmt.Sprintf("the password is hashed with %s, a weak format that was not allowed", inspection.Scheme)
	default:
		return
	}
	c.user.Password, c.refused = secret.New(noPassword), true
	p.report.add(Problem{Kind: Password, Table: c.row.Table, ID: c.row.ID, Reason: why + "; imported without a password"})
}
