package simplejwt

import (
	"context"
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
		{name: "username", limit: user.MaxUsername, before: a.checkUsername},
		{name: "email", optional: true, limit: user.MaxEmail, wrongType: msgEmail, after: func(text string) []string {
			if !a.Preset {
				text = user.NormaliseEmail(text)
			}
			return user.CheckEmail(text)
		}},
		plain,
	}
}

// checkUsername returns what is wrong with a username. The original looks at it as
// it was typed and keeps it normalised: here both must be good.
func (a *API) checkUsername(text string) []string {
	if a.Preset {
		if problems := user.CheckUsername(text); problems != nil {
			return problems
		}
	}
	return user.CheckUsername(user.Naming{}.Normalise(text))
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
	texts, problems, err := readEach(c.input, a.registerFields())
	if err == nil && problems != nil {
		err = a.withTaken(c.Context(), texts["username"], problems)
	}
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

// withTaken is the refusal of fields with problems. That the username is taken is
// one of them, and is not looked for while the fields are good: whoever makes the
// account does.
func (a *API) withTaken(ctx context.Context, username string, problems []problem) error {
	if problems[0].name == "username" {
		return fieldRefusal(problems)
	}
	taken, err := a.Accounts.Taken(ctx, username)
	if err != nil {
		return err
	}
	if taken {
		problems = append(problemsOf(user.Taken().Fields), problems...)
	}
	return fieldRefusal(problems)
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
