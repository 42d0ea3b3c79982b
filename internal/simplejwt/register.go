package simplejwt

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
)

// maxPassword is the preset's bound on a password's length, in code points.
const maxPassword = 128

// registerResponse is the answer to a registration.
type registerResponse struct {
	ID       any    `json:"id"`
	Username string `json:"username"`
	Email    string `json:"email"`
}

// registerFields are the only fields that are looked at: what else a client sends
// has no effect (H06).
func (a *API) registerFields() []field {
	plain := a.passwordField()
	if a.Preset {
		plain.limit = maxPassword
	}
	return []field{
		{name: "username", limit: user.MaxUsername, before: func(text string) []string {
			return user.CheckUsername(user.Naming{}.Normalise(text))
		}},
		{name: "email", optional: true, limit: user.MaxEmail, wrongType: msgEmail, after: func(text string) []string {
			return user.CheckEmail(user.NormaliseEmail(text))
		}},
		plain,
	}
}

// mayRegister refuses everybody while registration is closed.
func mayRegister(a *API, _ *call) error {
	if !a.Accounts.RegistrationOpen {
		return account.ErrRegistrationClosed
	}
	return nil
}

// register makes an account.
func (a *API) register(c *call) (*reply, error) {
	texts, err := readFields(c.input, a.registerFields())
	if err != nil {
		return nil, err
	}
	made, err := a.Accounts.Register(c.Context(), c.caller(), account.Draft{
		Username: texts["username"], Email: texts["email"], Password: secret.New(texts["password"]),
	})
	if err != nil {
		return nil, err
	}
	web.Note(c.Context()).SetUser(made.ID)
	return &reply{http.StatusCreated, registerResponse{
		ID: a.id(made.ID), Username: made.Username, Email: made.Email,
	}}, nil
}

// caller is who asks, nobody without a token.
func (c *call) caller() access.Caller {
	if c.principal != nil {
		return c.principal.Caller
	}
	return access.Caller{Kind: access.Anonymous, Origin: web.Origin(c.Request)}
}

// id is an identifier as clients see it: under the preset a number when it is
// one, else text.
func (a *API) id(id ident.UserID) any {
	number, err := strconv.ParseInt(string(id), 10, 64)
	if a.Preset && err == nil && strconv.FormatInt(number, 10) == string(id) {
		return json.Number(id)
	}
	return string(id)
}
