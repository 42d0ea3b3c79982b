package simplejwt

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/verify"
)

// tokenNotValid is the code of every token that is refused for its own sake.
const tokenNotValid = "token_not_valid"

var (
	errInvalidToken  = refuseToken("Token is invalid", tokenNotValid)
	errExpiredToken  = refuseToken("Token is expired", tokenNotValid)
	errWrongType     = refuseToken("Token has wrong type", tokenNotValid)
	errRevokedToken  = refuseToken("Token is blacklisted", tokenNotValid)
	errNoSubject     = refuseToken("Token contained no recognizable user identification", tokenNotValid)
	errForbidden     = refuse(http.StatusForbidden, "You do not have permission to perform this action.")
	errNotFound      = refuse(http.StatusNotFound, "Not found.")
	errUnavailable   = refuse(http.StatusServiceUnavailable, "Service temporarily unavailable, try again later.")
	errInternal      = refuse(http.StatusInternalServerError, "A server error occurred.")
	errPasswordBytes = fieldRefusal([]problem{{"password", []string{password.ErrTooLong.Public}}})
)

// answers are the refusals for faults that the original words in its own way.
// A fault that is not here is answered by its kind.
var answers = []struct {
	of *fault.Error
	is *refusal
}{
	{signin.ErrBadCredentials, refuse(http.StatusUnauthorized, "No active account found with the given credentials")},
	{signin.ErrUserInactive, refuse(http.StatusUnauthorized, "No active account found for the given token.")},
	{signin.ErrPasswordMustChange, refuseToken(signin.ErrPasswordMustChange.Public, signin.ErrPasswordMustChange.Code)},
	{bearer.ErrUserGone, refuseToken("User not found", "user_not_found")},
	{bearer.ErrUserInactive, refuseToken("User is inactive", "user_inactive")},
	{bearer.ErrPasswordChanged, refuseToken("The user's password has been changed.", "password_changed")},
	{token.ErrRefreshInvalid, errInvalidToken},
	{token.ErrRefreshExpired, errExpiredToken},
	{token.ErrRefreshType, errWrongType},
	{token.ErrRefreshReused, errRevokedToken},
	{token.ErrSessionEnded, errRevokedToken},
	{password.ErrTooLong, errPasswordBytes},
}

// tokenAnswers are the refusals for what is wrong with a token. What is not here
// is invalid, and no more is said of it.
var tokenAnswers = map[verify.Code]*refusal{
	verify.CodeExpired:     errExpiredToken,
	verify.CodeNoExpiry:    refuseToken("Token has no 'exp' claim", tokenNotValid),
	verify.CodeNoID:        refuseToken("Token has no id", tokenNotValid),
	verify.CodeNoTokenType: refuseToken("Token has no type", tokenNotValid),
	verify.CodeTokenType:   errWrongType,
	verify.CodeNoSubject:   errNoSubject,
	verify.CodeRevoked:     errRevokedToken,
}

// refusalOf returns how an error is answered. What nobody classified is an
// internal error, of which the client learns nothing.
func refusalOf(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if refused, ok := errors.AsType[*verify.Error](err); ok {
		return tokenRefusal(refused)
	}
	f := fault.Of(err)
	if f == nil {
		return errInternal
	}
	for _, a := range answers {
		if errors.Is(f, a.of) {
			return a.is
		}
	}
	return kindRefusal(f)
}

// kindRefusal is the table from a fault's kind to its answer.
func kindRefusal(f *fault.Error) *refusal {
	if len(f.Fields) > 0 && (f.Kind == fault.Invalid || f.Kind == fault.Conflict) {
		return fieldRefusal(problemsOf(f.Fields))
	}
	var r refusal
	switch f.Kind {
	case fault.Invalid:
		r = *fieldRefusal([]problem{{nonField, []string{f.Public}}})
	case fault.Unauthenticated:
		r = *refuse(http.StatusUnauthorized, f.Public)
	case fault.Forbidden:
		r = *errForbidden
	case fault.NotFound:
		r = *errNotFound
	case fault.Conflict:
		r = *refuse(http.StatusConflict, f.Public)
	case fault.TooLarge:
		r = *errTooLarge
	case fault.RateLimited:
		r = *throttled(seconds(f.RetryAfter))
	case fault.Unavailable:
		r = *errUnavailable
	default:
		return errInternal
	}
	r.retry = seconds(f.RetryAfter)
	return &r
}

// throttled is the refusal of too many requests; with nothing known of when they
// are welcome again, it does not say.
func throttled(wait int) *refusal {
	switch wait {
	case 0:
		return refuse(http.StatusTooManyRequests, "Request was throttled.")
	case 1:
		return refuse(http.StatusTooManyRequests, "Request was throttled. Expected available in 1 second.")
	}
	return refuse(http.StatusTooManyRequests, fmt.Sprintf("Request was throttled. Expected available in %d seconds.", wait))
}

// seconds rounds up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// problemsOf orders the problems of a fault: username, email, password, then by
// name. What is wrong with a password is said once everything else is right.
func problemsOf(fields map[string][]string) []problem {
	names := []string{"username", "email", "password"}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var problems []problem
	for _, name := range names {
		if len(fields[name]) > 0 && (name != "password" || problems == nil) {
			problems = append(problems, problem{name, fields[name]})
		}
	}
	return problems
}

// tokenRefusal answers a token that came in a body.
func tokenRefusal(err *verify.Error) *refusal {
	if known, ok := tokenAnswers[err.Code]; ok {
		return known.because(err)
	}
	return errInvalidToken.because(err)
}

// accessBody is the answer to an access token that is no good.
type accessBody struct {
	Detail   string          `json:"detail"`
	Code     string          `json:"code"`
	Messages []accessMessage `json:"messages"`
}

type accessMessage struct {
	Class   string `json:"token_class"`
	Type    string `json:"token_type"`
	Message string `json:"message"`
}

// tokenClasses are the types of token by the names of their classes in the
// original.
var tokenClasses = map[string]string{"access": "AccessToken", "sliding": "SlidingToken"}

// accessRefusal answers a token that came in the header: it says for every type
// that the header may carry what is wrong with the token.
func (a *API) accessRefusal(err *verify.Error) *refusal {
	r := tokenRefusal(err)
	if err.Code == verify.CodeNoSubject {
		return r
	}
	said := r.body.(detailBody) // every token's answer has this shape
	types := a.TokenTypes
	if len(types) == 0 {
		types = []string{"access"}
	}
	body := accessBody{Detail: "Given token not valid for any token type", Code: tokenNotValid}
	for _, kind := range types {
		message := said.Detail
		if claims, ok := verify.ClaimsOf(err); ok && claims.TokenType != "" && claims.TokenType != kind {
			message = errWrongType.body.(detailBody).Detail // good but for what concerns its own type alone
		}
		body.Messages = append(body.Messages, accessMessage{tokenClasses[kind], kind, message})
	}
	r.body = body
	return r
}
