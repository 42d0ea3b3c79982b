package simplejwt

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

func TestRefusalOf(t *testing.T) {
	t.Parallel()
	limited := fault.New(fault.RateLimited, "limited", "Slow down.")
	notValid := func(detail string) string { return `{"detail":"` + detail + `","code":"token_not_valid"}` }
	for name, c := range map[string]struct {
		err    error
		status int
		body   string
		retry  string
	}{
		"bad credentials":  {signin.ErrBadCredentials, 401, `{"detail":"No active account found with the given credentials"}`, ""},
		"refresh, no user": {signin.ErrUserInactive, 401, `{"detail":"No active account found for the given token."}`, ""},
		"user gone":        {bearer.ErrUserGone, 401, `{"detail":"User not found","code":"user_not_found"}`, ""},
		"user inactive":    {bearer.ErrUserInactive, 401, `{"detail":"User is inactive","code":"user_inactive"}`, ""},
		"refresh invalid":  {token.ErrRefreshInvalid, 401, notValid("Token is invalid"), ""},
		"refresh expired":  {token.ErrRefreshExpired, 401, notValid("Token is expired"), ""},
		"refresh type":     {token.ErrRefreshType, 401, notValid("Token has wrong type"), ""},
		"refresh reused":   {token.ErrRefreshReused, 401, notValid("Token is blacklisted"), ""},
		"session ended":    {token.ErrSessionEnded.Because(errors.New("secret cause")), 401, notValid("Token is blacklisted"), ""},
		"verify: expired":  {verify.ErrExpired, 401, notValid("Token is expired"), ""},
		"verify: revoked":  {verify.ErrRevoked, 401, notValid("Token is blacklisted"), ""},
		"verify: no user":  {verify.ErrNoSubject, 401, notValid("Token contained no recognizable user identification"), ""},
		"verify: issuer":   {verify.ErrIssuer, 401, notValid("Token is invalid"), ""},
		"closed":           {account.ErrRegistrationClosed, 403, `{"detail":"You do not have permission to perform this action."}`, ""},
		"taken":            {user.Taken(), 400, `{"username":["A user with that username already exists."]}`, ""},
		"fields in order": {user.ErrInvalid.WithField("last_name", "l").WithField("email", "e").WithField("username", "u"), 400,
			`{"username":["u"],"email":["e"],"last_name":["l"]}`, ""},
		"password problems":        {user.ErrInvalid.WithField("password", "1", "2"), 400, `{"password":["1","2"]}`, ""},
		"other fields hide it":     {user.ErrInvalid.WithField("password", "1").WithField("email", "e"), 400, `{"email":["e"]}`, ""},
		"password of 2000 bytes":   {password.ErrTooLong, 400, `{"password":["This password is too long. It must contain at most 1024 bytes."]}`, ""},
		"busy":                     {password.ErrBusy.RetryIn(1500 * time.Millisecond), 503, `{"detail":"Service temporarily unavailable, try again later."}`, "2"},
		"stale":                    {event.ErrStale, 503, `{"detail":"Service temporarily unavailable, try again later."}`, "1"},
		"throttled":                {limited.RetryIn(59001 * time.Millisecond), 429, `{"detail":"Request was throttled. Expected available in 60 seconds."}`, "60"},
		"throttled for one second": {limited.RetryIn(time.Second), 429, `{"detail":"Request was throttled. Expected available in 1 second."}`, "1"},
		"throttled, nobody knows":  {limited, 429, `{"detail":"Request was throttled."}`, ""},
		"too large":                {fault.New(fault.TooLarge, "x", "x"), 413, `{"detail":"Request body is too large."}`, ""},
		"not found":                {fault.New(fault.NotFound, "x", "x"), 404, `{"detail":"Not found."}`, ""},
		"conflict":                 {fault.New(fault.Conflict, "x", "No."), 409, `{"detail":"No."}`, ""},
		"invalid without fields":   {fault.New(fault.Invalid, "x", "No."), 400, `{"non_field_errors":["No."]}`, ""},
		"nobody classified it":     {errors.New("dial tcp 10.0.0.1: refused"), 500, `{"detail":"A server error occurred."}`, ""},
	} {
		for _, err := range []error{c.err, fmt.Errorf("doing something: %w", c.err)} {
			r := refusalOf(err)
			w := httptest.NewRecorder()
			r.setHeaders(w.Header(), "Bearer")
			if got := bodyOf(t, r); got != c.body || r.status != c.status || w.Header().Get("Retry-After") != c.retry {
				t.Errorf("%s: %d %s, Retry-After %q", name, r.status, got, w.Header().Get("Retry-After"))
			}
		}
	}
}

// A bad token is the client's failure: the log must not take it for ours.
func TestLogged(t *testing.T) {
	t.Parallel()
	bad, _ := errors.AsType[*verify.Error](verify.ErrExpired)
	for name, err := range map[string]error{
		"in the header": (&API{}).accessRefusal(bad), "in a body": fmt.Errorf("check: %w", verify.ErrExpired),
	} {
		got := logged(err)
		if fault.KindOf(got) != fault.Unauthenticated || !errors.Is(got, verify.ErrExpired) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := logged(errMethod("SECRET")); got != nil {
		t.Errorf("a method: %v", got)
	}
	if strings.Contains(errMediaType("secret").Error(), "secret") {
		t.Error("the text of a refusal holds what the client sent")
	}
}
