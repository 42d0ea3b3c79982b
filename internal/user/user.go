package user

import (
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
)

// The faults of this package.
var (
	ErrNotFound      = fault.New(fault.NotFound, "user_not_found", "There is no such user.")
	ErrUsernameTaken = fault.New(fault.Conflict, "username_taken", "A user with that username already exists.")
	ErrVersion       = fault.New(fault.Precondition, "precondition_failed", "This is not the account as you read it: it was changed since. Read it again.")
	ErrChanged       = fault.New(fault.Conflict, "user_changed", "The account was changed by somebody else meanwhile. Look again.")
	ErrInvalid       = fault.New(fault.Invalid, "user_invalid", "Some fields are not valid.")
)

// User is an account.
type User struct {
	ID          ident.UserID
	Username    string // NFKC, case as typed
	UsernameKey string // what must be unique; see Naming
	Email       string // as typed, but for the domain's case; may be empty
	EmailKey    string // for looking up; may be empty
	FirstName   string
	LastName    string

	// Password is the encoded hash, never the password. A string that starts
	// with '!' matches no password.
	Password secret.Text

	// PasswordMustChange says that others know the password too: it proves who
	// somebody is, and lets nobody in before it is changed.
	PasswordMustChange bool

	Active    bool // may sign in; false ends every use
	Staff     bool // may open the administration site
	Superuser bool // holds every permission

	// RightsVersion is raised whenever tokens that were issued before must not be
	// believed any more.
	RightsVersion int64

	// Version is raised by every change of what administrators see of the account:
	// names, address, flags, times.
	Version int64

	JoinedAt     time.Time
	LastSignInAt time.Time // zero: never

	// SignedOutAt is when all sessions were ended last; zero: never. What another
	// issuer signed until then counts no more.
	SignedOutAt time.Time

	// ReplacedMark is the PasswordMark of the string that Password replaced for the
	// same password; empty when there was none.
	ReplacedMark string
}
