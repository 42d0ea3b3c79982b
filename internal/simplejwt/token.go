package simplejwt

import (
	"context"
	"errors"
	"net/http"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/signin"
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

// slidingResponse is the answer of the sliding token routes.
type slidingResponse struct {
	Token string `json:"token"`
}

// passwordField is the rule for a password. Under the preset it loses white space
// at its ends, as in the original.
func (a *API) passwordField() field { return field{name: "password", verbatim: !a.Preset} }

// audienceField are the rules for the audience that an access token is asked for: none
// under the preset, where it is not looked at, as in the original.
func (a *API) audienceField() []field {
	if a.Preset {
		return nil
	}
	return []field{{name: "audience", optional: true, after: func(text string) []string {
		if _, err := a.SignIn.For(text); err != nil {
			return fault.Of(err).Fields["audience"]
		}
		return nil
	}}}
}

// obtain signs in with a username and a password.
func (a *API) obtain(c *call) (*reply, error) {
	t, err := a.signIn(c, (*signin.Service).SignIn)
	if err != nil {
		return nil, err
	}
	return &reply{http.StatusOK, pairResponse{Refresh: t.Refresh.Reveal(), Access: t.Access.Reveal()}}, nil
}

// obtainSliding signs in for a token that is refreshed by itself.
func (a *API) obtainSliding(c *call) (*reply, error) {
	t, err := a.signIn(c, (*signin.Service).SignInSliding)
	if err != nil {
		return nil, err
	}
	return &reply{http.StatusOK, slidingResponse{t.Access.Reveal()}}, nil
}

// signIn has use check the username and the password of the body.
func (a *API) signIn(c *call, use func(*signin.Service, context.Context, access.Origin, string, secret.Text) (signin.Tokens, error)) (signin.Tokens, error) {
	texts, err := readFields(c.input, append([]field{{name: "username"}, a.passwordField()}, a.audienceField()...))
	if err != nil {
		return signin.Tokens{}, err
	}
	issuing, err := a.SignIn.For(texts["audience"])
	if err != nil {
		return signin.Tokens{}, err
	}
	t, err := use(issuing, c.Context(), web.Origin(c.Request), texts["username"], secret.New(texts["password"]))
	if a.Preset && errors.Is(err, password.ErrTooLong) {
		err = signin.ErrBadCredentials // the original has no bound, and nobody has such a password
	}
	if err == nil {
		web.Note(c.Context()).SetUser(t.UserID)
	}
	return t, err
}

// refresh trades a refresh token for an access token.
func (a *API) refresh(c *call) (*reply, error) {
	texts, err := readFields(c.input, append([]field{{name: "refresh"}}, a.audienceField()...))
	if err != nil {
		return nil, err
	}
	issuing, err := a.SignIn.For(texts["audience"])
	if err != nil {
		return nil, err
	}
	t, err := issuing.Refresh(c.Context(), web.Origin(c.Request), a.unpadded(texts["refresh"]))
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

// refreshSliding trades a sliding token for one that expires later.
func (a *API) refreshSliding(c *call) (*reply, error) {
	raw, err := a.readToken(c.input, "token")
	if err != nil {
		return nil, err
	}
	t, err := a.SignIn.RefreshSliding(c.Context(), web.Origin(c.Request), raw)
	if err != nil {
		return nil, slidingRefusal(err, a.SignIn.Issuer.Original.SlidingExpiryClaim)
	}
	web.Note(c.Context()).SetUser(t.UserID)
	return &reply{http.StatusOK, slidingResponse{t.Access.Reveal()}}, nil
}

// slidingRefusal words what is wrong with the time until which a sliding token can be
// refreshed, which is in a claim of a configured name.
func slidingRefusal(err error, claim string) error {
	switch {
	case errors.Is(err, signin.ErrSlidingOver):
		return refuseToken("Token '"+claim+"' claim has expired", tokenNotValid).because(err)
	case errors.Is(err, signin.ErrSlidingNoTerm):
		return refuseToken("Token has no '"+claim+"' claim", tokenNotValid).because(err)
	}
	return err
}

// verify says whether a token of either kind is good.
func (a *API) verify(c *call) (*reply, error) {
	raw, err := a.readToken(c.input, "token")
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
	raw, err := a.readToken(c.input, "refresh")
	if err != nil {
		return nil, err
	}
	if err := a.SignIn.SignOut(c.Context(), web.Origin(c.Request), raw); err != nil {
		return nil, err
	}
	return &reply{http.StatusOK, object{}}, nil
}

// readToken returns the one field of a body that holds a token.
func (a *API) readToken(in input, name string) (string, error) {
	texts, err := readFields(in, []field{{name: name}})
	return a.unpadded(texts[name]), err
}
