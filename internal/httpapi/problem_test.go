package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/countersign/countersign/internal/fault"
)

// The table from a fault's kind to a status.
func TestProblemOf(t *testing.T) {
	t.Parallel()
	sentinel := func(k fault.Kind) *fault.Error { return fault.New(k, "some_code", "A public sentence.") }
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
		retry  string
	}{
		"invalid":            {sentinel(fault.Invalid), 400, "some_code", ""},
		"unauthenticated":    {sentinel(fault.Unauthenticated), 401, "some_code", ""},
		"forbidden":          {sentinel(fault.Forbidden), 403, "some_code", ""},
		"not found":          {sentinel(fault.NotFound), 404, "some_code", ""},
		"conflict":           {sentinel(fault.Conflict), 409, "some_code", ""},
		"precondition":       {sentinel(fault.Precondition), 412, "some_code", ""},
		"too large":          {sentinel(fault.TooLarge), 413, "some_code", ""},
		"rate limited":       {sentinel(fault.RateLimited).RetryIn(90 * time.Second), 429, "some_code", "90"},
		"unavailable":        {sentinel(fault.Unavailable).RetryIn(1200 * time.Millisecond), 503, "some_code", "2"},
		"unavailable, when?": {sentinel(fault.Unavailable), 503, "some_code", "2"},
		"wrapped":            {fmt.Errorf("end session 1: %w", sentinel(fault.NotFound)), 404, "some_code", ""},
		"with a cause":       {sentinel(fault.Conflict).Because(io.EOF), 409, "some_code", ""},
		"internal fault":     {sentinel(fault.Internal), 500, "internal_error", ""},
		"no fault":           {errors.New("dial tcp 10.0.0.7:5432: refused"), 500, "internal_error", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := problemOf(c.err)
			if p.Status != c.status || p.Code != c.code || p.GetStatus() != c.status || p.Type != typePrefix+c.code {
				t.Errorf("%d %s %s, want %d %s", p.Status, p.Code, p.Type, c.status, c.code)
			}
			if got := p.GetHeaders().Get("Retry-After"); got != c.retry {
				t.Errorf("Retry-After = %q, want %q", got, c.retry)
			}
			if !errors.Is(p, c.err) {
				t.Error("the cause is lost for the log")
			}
			w := httptest.NewRecorder()
			if err := encode(w, p); err != nil {
				t.Fatal(err)
			}
			for _, inside := range []string{"EOF", "5432", "session 1"} {
				if strings.Contains(w.Body.String(), inside) {
					t.Errorf("the inside shows: %s", w.Body)
				}
			}
		})
	}
}

func TestProblemOfNamesFields(t *testing.T) {
	t.Parallel()
	err := fault.New(fault.Invalid, "user_invalid", "Some fields are not valid.").WithField("username", "one", "two").WithField("email", "three")
	want := []problemField{{"body", "email", "three"}, {"body", "username", "one"}, {"body", "username", "two"}}
	p := problemOf(fmt.Errorf("register: %w", err))
	if fmt.Sprint(p.Errors) != fmt.Sprint(want) {
		t.Errorf("errors = %v, want %v", p.Errors, want)
	}
	p = problemOf(badParameter("query", "cursor", errInvalid))
	if !p.blames("query", "cursor") || p.Code != errInvalid.Code {
		t.Errorf("a parameter: %v", p)
	}
}

func TestProblemOfModel(t *testing.T) {
	t.Parallel()
	p := problemOfModel(&huma.ErrorModel{Status: 422, Detail: "validation failed", Errors: []*huma.ErrorDetail{
		{Location: "body", Message: "expected required property name to be present", Value: "secret"},
		{Location: "body.inner", Message: "expected required property name to be present"},
		{Location: "body.age", Message: "expected integer"},
		{Location: "query.limit", Message: "expected number >= 1"},
		nil,
	}})
	want := []problemField{
		{"body", "name", msgRequired}, {"body", "inner.name", msgRequired},
		{"body", "age", "Expected integer."}, {"query", "limit", "Expected number >= 1."},
	}
	if p.Status != http.StatusBadRequest || fmt.Sprint(p.Errors) != fmt.Sprint(want) {
		t.Errorf("%d %v, want 400 %v", p.Status, p.Errors, want)
	}
	p = problemOfModel(&huma.ErrorModel{Status: 500, Detail: "pq: relation does not exist"})
	if p.Status != http.StatusInternalServerError || strings.Contains(p.Detail, "pq") {
		t.Errorf("an error of the framework: %d %s", p.Status, p.Detail)
	}
}

// What is no route is a problem too; 405 says what the path takes.
func TestUnmatched(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	for name, c := range map[string]struct {
		method, path string
		status       int
		allow        string
	}{
		"no path":              {get, "/api/v1/nope", 404, ""},
		"the root":             {get, "/api/v1/", 404, ""},
		"the root, no slash":   {get, "/api/v1", 404, ""},
		"a slash too many":     {get, "/api/v1/me/", 404, ""},
		"another case":         {get, "/api/v1/ME", 404, ""},
		"wrong method":         {post, "/api/v1/me", 405, "GET, HEAD, PATCH"},
		"wrong method, one":    {get, "/api/v1/logout", 405, "POST"},
		"wrong with parameter": {post, "/api/v1/users/9", 405, "GET, HEAD, PATCH, DELETE"},
		"TRACE":                {http.MethodTrace, "/api/v1/me", 405, "GET, HEAD, PATCH"},
		"made up":              {"BREW", "/api/v1/roles", 405, "GET, HEAD, POST"},
		"OPTIONS":              {http.MethodOptions, "/api/v1/users", 405, "GET, HEAD, POST"},
		"writing the document": {put, "/api/schema", 405, "GET, HEAD"},
		"below the page":       {get, "/api/docs/other.css", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, token := range []string{"", "everything"} {
				p, w := refused(t, h, call(c.method, c.path, token, ""))
				if p.Status != c.status || w.Header().Get("Allow") != c.allow {
					t.Errorf("%d, Allow %q, want %d, %q", p.Status, w.Header().Get("Allow"), c.status, c.allow)
				}
			}
		})
	}
}

// Case H21: headers do not change the method.
func TestMethodOverride(t *testing.T) {
	t.Parallel()
	_, h := newAPI(t)
	r := call(post, "/api/v1/users/9", "everything", "")
	r.Header.Set("X-HTTP-Method-Override", "DELETE")
	r.Header.Set("X-Method-Override", "DELETE")
	if p, _ := refused(t, h, r); p.Status != http.StatusMethodNotAllowed {
		t.Errorf("%d", p.Status)
	}
}
