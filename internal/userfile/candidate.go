package userfile

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

// maxNumber is the largest id that is a number: what JSON's readers hold exactly.
const maxNumber = 1<<53 - 1

// candidate is a row that could be an account. Its password is hashed, and its roles
// are looked up, when no account of its name exists.
type candidate struct {
	row         Row
	user        user.User
	roles       []until // names as they are stored, sorted
	roleIDs     []ident.RoleID
	permissions []until // sorted
}

// candidate makes an account of a row, or says why there is none.
func (r *run) candidate(row Row) (candidate, string) {
	c := candidate{row: row, user: r.Naming.NormaliseUser(r.account(row))}
	if err := user.Check(c.user); err != nil {
		return candidate{}, reason(err)
	}
	for _, check := range []func(*candidate) string{r.checkID, r.checkPassword, r.checkRoles, r.checkPermissions, r.checkSeen} {
		if why := check(&c); why != "" {
			return candidate{}, why
		}
	}
	return c, ""
}

// account is the row with the defaults for what it does not say.
func (r *run) account(row Row) user.User {
	u := user.User{
		ID: ident.UserID(row.ID), Username: row.Username, Active: row.Active == nil || *row.Active,
		JoinedAt: row.JoinedAt, LastSignInAt: row.LastSignInAt,
		Staff: row.Staff != nil && *row.Staff, Superuser: row.Superuser != nil && *row.Superuser,
	}
	for to, from := range map[*string]*string{&u.Email: row.Email, &u.FirstName: row.FirstName, &u.LastName: row.LastName} {
		if from != nil {
			*to = *from
		}
	}
	if u.JoinedAt.IsZero() {
		u.JoinedAt = r.began
	}
	return u
}

func (r *run) checkID(c *candidate) string {
	switch id := c.row.ID; {
	case id == "" && !r.IntegerIDs:
		c.user.ID = ident.UserID(ident.New())
	case id == "":
	case !ident.Valid(id):
		return fmt.Sprintf("the id is not 1 to %d letters, digits, '-' and '_'", ident.MaxLen)
	case r.IntegerIDs && number(c.user.ID) == 0:
		return fmt.Sprintf("the id is not a whole number from 1 to %d, and ids are integers here", maxNumber)
	}
	return ""
}

// number is an id that is a number of the sequence; 0 for every other.
func number(id ident.UserID) int64 {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil || n < 1 || n > maxNumber || strconv.FormatInt(n, 10) != string(id) {
		return 0
	}
	return n
}

func (r *run) checkPassword(c *candidate) string {
	hash, initial := c.row.PasswordHash, c.row.InitialPassword
	switch {
	case !hash.IsZero() && !initial.IsZero():
		return "there is a password_hash and an initial_password; a row has one of them"
	case !initial.IsZero():
		c.user.PasswordMustChange = true
		problems := r.Policy.Validate(initial, password.Attributes{
			Username: c.user.Username, FirstName: c.user.FirstName, LastName: c.user.LastName, Email: c.user.Email,
		})
		said := make([]string, len(problems))
		for i, p := range problems {
			said[i] = "initial_password: " + p.Message
		}
		return strings.Join(said, " ")
	case hash.IsZero():
		c.user.Password = secret.New(password.Unusable())
		return ""
	}
	found, err := password.Inspect(hash.Reveal())
	if err != nil {
		return "password_hash: " + err.Error()
	}
	if found.Weak && !r.o.AllowWeakHashes {
		return fmt.Sprintf("password_hash: %s is a weak format, which has to be allowed", found.Scheme)
	}
	c.user.Password, c.user.PasswordMustChange = hash, found.Usable && c.row.PasswordMustChange
	return ""
}

func (r *run) checkRoles(c *candidate) string {
	all, why := untils("roles", c.row.Roles, c.row.RolesUntil, r.began)
	for i := range all {
		stored, err := role.CheckName(all[i].name)
		if err != nil {
			return fmt.Sprintf("roles: %q is no name of a role", shorten(all[i].name))
		}
		all[i].name = stored
	}
	if why == "" {
		c.roles, why = named("roles", all)
	}
	return why
}

func (r *run) checkPermissions(c *candidate) string {
	all, why := untils("permissions", c.row.Permissions, c.row.PermissionsUntil, r.began)
	for _, u := range all {
		if _, err := access.ParsePermission(u.name); err != nil {
			return fmt.Sprintf("permissions: %q is no name of a permission: it is app.action", shorten(u.name))
		}
	}
	if why == "" {
		c.permissions, why = named("permissions", all)
	}
	return why
}

// checkSeen finds rows of one file that want the same name or the same id. It
// remembers hashes with a seed of this run; that two of a million names have the
// same is as likely as one in ten million.
func (r *run) checkSeen(c *candidate) string {
	keys := map[string]uint64{"username": maphash.String(r.seed, "name "+c.user.UsernameKey)}
	if c.row.ID != "" {
		keys["id"] = maphash.String(r.seed, "id "+c.row.ID)
	}
	for what, key := range keys {
		if line, seen := r.seen[key]; seen {
			return fmt.Sprintf("line %d has the same %s", line, what)
		}
	}
	for _, key := range keys {
		r.seen[key] = uint32(c.row.Line)
	}
	return ""
}

// reason is what a fault says of fields, for one line.
func reason(err error) string {
	f := fault.Of(err)
	if f == nil {
		return err.Error()
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
		for _, problem := range f.Fields[name] {
			all = append(all, name+": "+problem)
		}
	}
	if all == nil {
		return f.Public
	}
	return strings.Join(all, " ")
}

// shorten bounds what is repeated of a file.
func shorten(text string) string {
	const most = 60 // code points
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
