package role

import "strings"

// Normalised returns the role with name and description in the form in which they
// are kept. It returns ErrName or ErrDescription.
func (r Role) Normalised() (Role, error) {
	r.Name, r.Description = normalise(r.Name), strings.TrimSpace(r.Description)
	return r, r.check()
}
