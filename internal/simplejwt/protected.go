package simplejwt

import "net/http"

// protectedResponse is the answer of the route that everybody who is signed in
// may call.
type protectedResponse struct {
	Message string       `json:"message"`
	User    userResponse `json:"user"`
}

type userResponse struct {
	ID        any      `json:"id"`
	Username  string   `json:"username"`
	Email     string   `json:"email"`
	Staff     bool     `json:"is_staff"`
	Superuser bool     `json:"is_superuser"`
	Roles     []string `json:"roles"`
}

// protected says who asks, with the roles that they hold now.
func (a *API) protected(c *call) (*reply, error) {
	u := c.principal.User
	roles := c.principal.Caller.Rights.Roles
	if roles == nil {
		roles = []string{} // [] to clients, never null
	}
	return &reply{http.StatusOK, protectedResponse{
		Message: "You have access to this protected route.",
		User: userResponse{
			ID: a.id(u.ID), Username: u.Username, Email: u.Email,
			Staff: u.Staff, Superuser: u.Superuser, Roles: roles,
		},
	}}, nil
}
