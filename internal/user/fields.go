package user

import "github.com/countersign/countersign/internal/fault"

// NormaliseUser brings the account's names and address to the form in which they are
// stored and fills its keys.
func (n Naming) NormaliseUser(u User) User {
	u.Username = n.Normalise(u.Username)
	u.UsernameKey = n.Key(u.Username)
	u.Email = NormaliseEmail(u.Email)
	u.EmailKey = EmailKey(u.Email)
	return u
}

// Check returns ErrInvalid with every problem of a normalised account's fields,
// nil when there is none.
func Check(u User) error {
	return Invalid(map[string][]string{
		"username":   CheckUsername(u.Username),
		"email":      CheckEmail(u.Email),
		"first_name": CheckName(u.FirstName),
		"last_name":  CheckName(u.LastName),
	})
}

// Taken is ErrUsernameTaken with the field that it concerns.
func Taken() *fault.Error { return ErrUsernameTaken.WithField("username", msgTaken) }

// Invalid returns ErrInvalid with the fields that have problems, nil when none
// has any.
func Invalid(fields map[string][]string) error {
	var f *fault.Error
	for name, problems := range fields {
		if len(problems) == 0 {
			continue
		}
		if f == nil {
			f = ErrInvalid
		}
		f = f.WithField(name, problems...)
	}
	if f == nil {
		return nil
	}
	return f
}
