package httpapi

import (
	"errors"
	"net/http"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/verify"
)

// rule says who may call a route. The zero value is no rule, and a route that has
// none stops the service at start-up.
type rule struct {
	kind       ruleKind
	permission access.Permission // of a holding rule
}

type ruleKind uint8

const (
	unruled ruleKind = iota
	public
	signedIn
	holding
)

// Everybody may call, or everybody who is signed in.
var (
	anyone   = rule{kind: public}
	somebody = rule{kind: signedIn}
)

// holder is the rule for those who hold a permission.
func holder(p access.Permission) rule { return rule{kind: holding, permission: p} }

// String says the rule in words, for the document and the page.
func (r rule) String() string {
	switch r.kind {
	case public:
		return "Everybody."
	case signedIn:
		return "Everybody who is signed in."
	case holding:
		return "Those who hold `" + string(r.permission) + "`."
	}
	return ""
}

// allows returns nil when the caller may, access.ErrAnonymous or
// access.ErrForbidden otherwise.
func (r rule) allows(who access.Caller) error {
	switch r.kind {
	case public:
		return nil
	case signedIn:
		return who.RequireAuthenticated()
	case holding:
		return who.Require(r.permission)
	}
	return access.ErrForbidden
}

// errAuthorization is also the answer to two headers: which of them counts would
// differ between readers.
var errAuthorization = fault.New(fault.Invalid, "authorization_malformed", "There must be one Authorization header, with one bearer token.")

// The refusals of a token. Which of the verifier's checks failed is for the log,
// but for the two that a client acts on.
var (
	errTokenInvalid = fault.New(fault.Unauthenticated, "token_invalid", "This is not a valid access token.")
	errTokenExpired = fault.New(fault.Unauthenticated, "token_expired", "This access token has expired. Use the refresh token.")
	errTokenRevoked = fault.New(fault.Unauthenticated, "token_revoked", "This access token was revoked. Sign in again.")
)

// admit finds out who asks and whether they may. It answers itself, and returns
// false, when they may not.
func (a *API) admit(w http.ResponseWriter, r *http.Request, to rule) (access.Caller, bool) {
	who, presented, err := a.caller(r)
	if err == nil {
		err = to.allows(who)
	}
	if err == nil {
		return who, true
	}
	p := problemOf(err)
	if p.Status == http.StatusUnauthorized || presented && p.Status == http.StatusBadRequest {
		p.header.Set("WWW-Authenticate", challenge(p, presented))
	}
	refuse(w, r, p)
	return access.Caller{}, false
}

// caller is whoever the bearer token stands for; nobody when there is none.
// presented says whether the request had credentials at all.
func (a *API) caller(r *http.Request) (who access.Caller, presented bool, err error) {
	origin := web.Origin(r)
	raw, presented, ok := web.BearerToken(r)
	if !ok {
		return access.Caller{}, true, errAuthorization
	}
	if !presented {
		return access.Caller{Kind: access.Anonymous, Origin: origin}, false, nil
	}
	principal, err := a.Bearer.Authenticate(r.Context(), raw, origin)
	if err != nil {
		return access.Caller{}, true, ofToken(err)
	}
	web.Note(r.Context()).SetUser(principal.Caller.UserID)
	return principal.Caller, true, nil
}

// ofToken makes a fault of the verifier's refusals and leaves other errors.
func ofToken(err error) error {
	refused, ok := errors.AsType[*verify.Error](err)
	if !ok {
		return err
	}
	switch refused.Code {
	case verify.CodeExpired:
		return errTokenExpired.Because(err)
	case verify.CodeRevoked:
		return errTokenRevoked.Because(err)
	}
	return errTokenInvalid.Because(err)
}

// challenge is the WWW-Authenticate header of a refusal (RFC 6750 section 3): it
// names an error only when there were credentials to be wrong.
func challenge(p *problem, presented bool) string {
	const bare = `Bearer realm="countersign"`
	if !presented {
		return bare
	}
	code := "invalid_token"
	if p.Status == http.StatusBadRequest {
		code = "invalid_request"
	}
	return bare + `, error="` + code + `", error_description="` + p.Detail + `"`
}
