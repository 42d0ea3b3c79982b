package verify

import "errors"

// Code says why a token is refused. Codes are stable and may be stored, logged
// and sent to clients.
type Code string

// The codes. Each has a sentinel error of the same name.
const (
	CodeMalformed   Code = "malformed"
	CodeUnknownKey  Code = "unknown_key"
	CodeSignature   Code = "bad_signature"
	CodeNotYetValid Code = "not_yet_valid"
	CodeExpired     Code = "expired"
	CodeIssuer      Code = "wrong_issuer"
	CodeAudience    Code = "wrong_audience"
	CodeNoExpiry    Code = "no_expiry"
	CodeNoID        Code = "no_id"
	CodeNoTokenType Code = "no_token_type"
	CodeTokenType   Code = "wrong_token_type"
	CodeNoSubject   Code = "no_subject"
	CodeLifetime    Code = "lifetime_too_long"
	CodeRevoked     Code = "revoked"
	CodeStaleClaims Code = "stale_claims"
)

// The sentinels, for errors.Is. Every error of Verify matches exactly one.
var (
	// ErrMalformed: not a token that this package reads, whatever its signature.
	ErrMalformed error = &Error{Code: CodeMalformed}
	// ErrUnknownKey: the key set holds no key that the header names.
	ErrUnknownKey error = &Error{Code: CodeUnknownKey}
	// ErrSignature: the signature is not one of the named key, or the header's
	// algorithm is not the key's.
	ErrSignature error = &Error{Code: CodeSignature}
	// ErrNotYetValid: nbf or iat lies in the future, beyond the leeway.
	ErrNotYetValid error = &Error{Code: CodeNotYetValid}
	// ErrExpired: exp has come.
	ErrExpired error = &Error{Code: CodeExpired}
	// ErrIssuer: iss is missing or another.
	ErrIssuer error = &Error{Code: CodeIssuer}
	// ErrAudience: aud is missing or names none of ours.
	ErrAudience error = &Error{Code: CodeAudience}
	// ErrNoExpiry: there is no exp.
	ErrNoExpiry error = &Error{Code: CodeNoExpiry}
	// ErrNoID: there is no jti, or it is empty.
	ErrNoID error = &Error{Code: CodeNoID}
	// ErrNoTokenType: there is no claim token_type.
	ErrNoTokenType error = &Error{Code: CodeNoTokenType}
	// ErrTokenType: the claim token_type or the header's typ is of another kind
	// of token.
	ErrTokenType error = &Error{Code: CodeTokenType}
	// ErrNoSubject: neither user_id nor sub says whose token it is.
	ErrNoSubject error = &Error{Code: CodeNoSubject}
	// ErrLifetime: the token lives longer than any token should.
	ErrLifetime error = &Error{Code: CodeLifetime}
	// ErrRevoked: a cut-off of the session, user, client or signing key. The
	// holder must sign in again.
	ErrRevoked error = &Error{Code: CodeRevoked}
	// ErrStaleClaims: the rights in the token are out of date. The holder should
	// refresh once and repeat the request; nobody is signed out.
	ErrStaleClaims error = &Error{Code: CodeStaleClaims}
)

// Error is why a token is refused. Its text never contains the token, a claim
// or a key.
type Error struct {
	Code   Code
	detail string
	claims *Claims
}

// Error returns the code and, where there is more to say, which rule it was.
func (e *Error) Error() string {
	text := "verify: " + string(e.Code)
	if e.detail != "" {
		text += ": " + e.detail
	}
	return text
}

// Is reports whether target is a refusal for the same reason, so that
// errors.Is works with the sentinels.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// ClaimsOf returns the claims of a token that was good but for a cut-off:
// errors that match ErrRevoked or ErrStaleClaims. For every other error it
// returns nil and false, because then nobody vouches for what the token says.
// The claims are shared and must not be changed.
func ClaimsOf(err error) (*Claims, bool) {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.claims == nil {
		return nil, false
	}
	return e.claims, true
}

// refuse makes an error. detail is constant text, never anything of the token.
func refuse(code Code, detail string) *Error {
	return &Error{Code: code, detail: detail}
}
