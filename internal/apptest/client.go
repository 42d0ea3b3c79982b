package apptest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Request is what to ask. At most one of JSON, Form and Body is given.
type Request struct {
	Method string // GET when empty
	Path   string // with the query
	As     string // the access token; none when empty

	JSON        any        // sent as application/json
	Form        url.Values // sent as application/x-www-form-urlencoded
	Body        []byte     // sent as it is, as ContentType
	ContentType string

	Header map[string]string // added last
}

// Response is an answer that was read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do asks the service. A request that gets no answer is an error of the test and
// the zero Response; Do may be called from any goroutine.
func (s *Service) Do(t testing.TB, r Request) Response {
	t.Helper()
	req, err := r.build(s.URL)
	if err != nil {
		t.Errorf("%s %s: %v", r.Method, r.Path, err)
		return Response{}
	}
	answer, err := s.Client.Do(req)
	if err != nil {
		t.Errorf("%s %s: %v", r.Method, r.Path, err)
		return Response{}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Errorf("%s %s: read the answer: %v", r.Method, r.Path, err)
		return Response{}
	}
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: body}
}

func (r Request) build(base string) (*http.Request, error) {
	body, kind := r.Body, r.ContentType
	switch {
	case r.JSON != nil:
		var err error
		if body, err = json.Marshal(r.JSON); err != nil {
			return nil, err
		}
		kind = "application/json"
	case r.Form != nil:
		body, kind = []byte(r.Form.Encode()), "application/x-www-form-urlencoded"
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequest(method, base+r.Path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if r.As != "" {
		req.Header.Set("Authorization", "Bearer "+r.As)
	}
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	return req, nil
}

// Decode reads a JSON answer into v.
func (r Response) Decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.Body, v); err != nil {
		t.Errorf("%d %.300s: %v", r.Status, r.Body, err)
	}
}

// Text returns a member of a JSON object that is text, "" when there is none.
func (r Response) Text(name string) string {
	var body map[string]any
	if json.Unmarshal(r.Body, &body) != nil {
		return ""
	}
	text, _ := body[name].(string)
	return text
}

// Must returns the answer when it has the status, and ends the test otherwise.
func (r Response) Must(t testing.TB, status int) Response {
	t.Helper()
	if r.Status != status {
		t.Fatalf("status %d, want %d: %.500s", r.Status, status, r.Body)
	}
	return r
}

// Claims returns the payload of a token, or nil for what is none. Nothing is
// verified.
func Claims(t testing.TB, token string) map[string]any { return segment(t, token, 1) }

// Header returns the JOSE header of a token.
func Header(t testing.TB, token string) map[string]any { return segment(t, token, 0) }

func segment(t testing.TB, token string, n int) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Errorf("%.80q is no token", token)
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[n])
	if err != nil {
		t.Errorf("%.80q: %v", token, err)
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil {
		t.Errorf("%.80q: %v", token, err)
	}
	return members
}
