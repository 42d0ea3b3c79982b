package simplejwt

import (
	"net/http"

	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/web"
)

// pairResponse is the answer to a sign-in. Clients that read it line by line know
// this order.
type pairResponse struct {
	Refresh string `json:"refresh"`
	Access  string `json:"access"`
}

// accessResponse is the answer to a refresh; the refresh token is there when it
// is a new one.
type accessResponse struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh,omitempty"`
}

// passwordField is the rule for a password. Under the preset it loses white space
// at its ends, as in the original.
func (a *API) passwordField() field { return field{name: "password", verbatim: !a.Preset} }

// obtain signs in with a username and a password.
func (a *API) obtain(c *call) (*reply, error) {
	texts, err := readFields(c.input, []field{{name: "username"}, a.passwordField()})
	if err != nil {
		return nil, err
	}
	t, err := a.SignIn.SignIn(c.Context(), web.Origin(c.Request), texts["username"], secret.New(texts["password"]))
	if err != nil {
		return nil, err
	}
	web.Note(c.Context()).SetUser(t.UserID)
	return &reply{http.StatusOK, pairResponse{Refresh: t.Refresh.Reveal(), Access: t.Access.Reveal()}}, nil
}

// refresh trades a refresh token for an access token.
func (a *API) refresh(c *call) (*reply, error) {
	raw, err := readToken(c.input, "refresh")
	if err != nil {
		return nil, err
	}
	t, err := a.SignIn.Refresh(c.Context(), web.Origin(c.Request), raw)
	if err != nil {
		return nil, err
	}
	web.Note(c.Context()).SetUser(t.UserID)
	answer := accessResponse{Access: t.Access.Reveal()}
	if t.Rotated {
		answer.Refresh = t.Refresh.Reveal()
	}
	return &reply{http.StatusOK, answer}, nil
}

// verify says whether a token of either kind is good.
func (a *API) verify(c *call) (*reply, error) {
	raw, err := readToken(c.input, "token")
	if err != nil {
		return nil, err
	}
	if err := a.SignIn.CheckAny(c.Context(), raw); err != nil {
		return nil, err
	}
	return &reply{http.StatusOK, object{}}, nil
}

// blacklist ends the session of a refresh token.
func (a *API) blacklist(c *call) (*reply, error) {
	raw, err := readToken(c.input, "refresh")
	if err != nil {
		return nil, err
	}
	if err := a.SignIn.SignOut(c.Context(), web.Origin(c.Request), raw); err != nil {
		return nil, err
	}
	return &reply{http.StatusOK, object{}}, nil
}

// readToken returns the one field of a body that holds a token.
func readToken(in input, name string) (string, error) {
	texts, err := readFields(in, []field{{name: name}})
	return texts[name], err
}
