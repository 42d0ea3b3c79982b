package importer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

// digestSize is short: a digest answers whether a value is one of two or three,
// and nobody gains anything by making two of them equal.
const digestSize = 8

// digest is what is remembered of a field's value.
type digest [digestSize]byte

// digestOf is the digest of texts, each with its length.
func digestOf(texts ...string) digest {
	var room [256]byte
	all := room[:0]
	for _, text := range texts {
		all = binary.AppendUvarint(all, uint64(len(text)))
		all = append(all, text...)
	}
	sum := sha256.Sum256(all)
	return digest(sum[:digestSize])
}

func digestOfFlag(yes bool) digest { return digestOf(strconv.FormatBool(yes)) }

// digestOfTime looks at milliseconds, which is what is kept.
func digestOfTime(t time.Time) digest {
	if t.IsZero() {
		return digestOf("")
	}
	return digestOf(strconv.FormatInt(t.UnixMilli(), 10))
}

func digestOfRoles(ids []ident.RoleID) digest { return digestOfSet(ids) }

func digestOfPermissions(names []access.Permission) digest { return digestOfSet(names) }

// digestOfSet does not look at the order.
func digestOfSet[T ~string](all []T) digest {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = string(one)
	}
	slices.Sort(texts)
	return digestOf(slices.Compact(texts)...)
}

// fieldsVersion begins what is remembered, so that a later version can tell.
const fieldsVersion = 1

// encodeFields makes what is remembered of a row.
func encodeFields(all []digest) []byte {
	text := make([]byte, 1, 1+len(all)*digestSize)
	text[0] = fieldsVersion
	for _, d := range all {
		text = append(text, d[:]...)
	}
	return text
}

// decodeFields reads it. What another version wrote has no digest that anything is
// equal to, so nothing is overwritten because of it.
func decodeFields(text []byte, n int) []digest {
	all := make([]digest, n)
	if len(text) != 1+n*digestSize || text[0] != fieldsVersion {
		return all
	}
	for i, part := range slices.Collect(slices.Chunk(text[1:], digestSize)) {
		all[i] = digest(part)
	}
	return all
}

// The fields of a user, by their place in what is remembered.
const (
	fieldUsername = iota
	fieldEmail
	fieldFirstName
	fieldLastName
	fieldPassword
	fieldActive
	fieldStaff
	fieldSuperuser
	fieldJoined
	fieldLastSignIn
	fieldRoles
	fieldPermissions
	userFields
)

var userFieldNames = [userFields]string{
	"username", "email", "first name", "last name", "password", "active", "staff", "superuser", "joined",
	"last sign-in", "roles", "permissions",
}

// fieldsOfUser are the digests of an account and what it holds.
func fieldsOfUser(u user.User, roles []ident.RoleID, permissions []access.Permission) []digest {
	return []digest{
		fieldUsername: digestOf(u.Username), fieldEmail: digestOf(u.Email),
		fieldFirstName: digestOf(u.FirstName), fieldLastName: digestOf(u.LastName),
		fieldPassword: digestOfPassword(u.Password),
		fieldActive:   digestOfFlag(u.Active), fieldStaff: digestOfFlag(u.Staff), fieldSuperuser: digestOfFlag(u.Superuser),
		fieldJoined: digestOfTime(u.JoinedAt), fieldLastSignIn: digestOfTime(u.LastSignInAt),
		fieldRoles: digestOfRoles(roles), fieldPermissions: digestOfPermissions(permissions),
	}
}

// digestOfPassword is made of the mark, which an account also keeps of the string
// that a sign-in replaced.
func digestOfPassword(encoded secret.Text) digest { return digestOf(user.PasswordMark(encoded)) }

// clash is a field whose new value is not written.
type clash struct {
	field int
	taken bool // somebody else has the value; else it changed on both sides
}

// reason says what is wrong with a field of this name.
func (c clash) reason(name string) string {
	if c.taken {
		return name + " changed in the source to one that is taken here"
	}
	return name + " changed in the source and here: make them the same, or leave it"
}

// merge compares three states of a row, field by field.
type merge struct {
	imported, source []digest
	next             []digest // what to remember
	conflicts        []clash
}

func newMerge(imported, source []digest) *merge {
	return &merge{imported: imported, source: source, next: slices.Clone(imported)}
}

// take reports whether the source's value of a field is to be written over the one
// here, which may have had several forms.
func (m *merge) take(field int, here ...digest) bool {
	was, is := m.imported[field], m.source[field]
	switch {
	case was == is:
		return false
	case slices.Contains(here, is):
		m.next[field] = is
		return false
	case slices.Contains(here, was):
		m.next[field] = is
		return true
	}
	m.conflicts = append(m.conflicts, clash{field: field})
	return false
}

// leave takes back that a field is to be written: its new value is taken.
func (m *merge) leave(field int) {
	m.next[field] = m.imported[field]
	m.conflicts = append(m.conflicts, clash{field: field, taken: true})
}

// remembers reports whether what is remembered changes.
func (m *merge) remembers() bool {
	return !bytes.Equal(encodeFields(m.next), encodeFields(m.imported))
}
