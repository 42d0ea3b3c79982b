package user

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/secret"
)

// PasswordMark is what the original's CHECK_REVOKE_TOKEN writes into tokens: the
// MD5 of the encoded password in upper-case hexadecimal digits, 32 of them. It
// changes with the password and proves nothing: who can write one can sign a token.
func PasswordMark(encoded secret.Text) string {
	sum := md5.Sum([]byte(encoded.Reveal()))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// Marked reports whether a mark is that of the account's password, in its present
// encoding or in the one that was replaced at a sign-in.
func (u User) Marked(mark string) bool {
	present := subtle.ConstantTimeCompare([]byte(mark), []byte(PasswordMark(u.Password)))
	replaced := subtle.ConstantTimeCompare([]byte(mark), []byte(u.ReplacedMark))
	return mark != "" && present|replaced == 1
}

// EndedForeign reports whether what another issuer signed at a time, in whole
// seconds, counts no more because all sessions were ended since: in case of doubt it
// does not.
func (u User) EndedForeign(issued time.Time) bool {
	return !u.SignedOutAt.IsZero() && !issued.After(u.SignedOutAt)
}
