package apptest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// reads are the operations that change nothing although their method is no GET.
var reads = []string{"POST /api/v1/authorize", "POST /api/token/verify/", "POST /api/token/sliding/refresh/"}

// Cases H14 to H19: every operation as everybody who could ask. What is refused
// changes nothing, not a row and not an event, and what is done changes something.
func TestMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, Start(t, Options{}))
	for _, o := range operations(t) {
		t.Run(strings.ReplaceAll(o.String(), "/", "."), func(t *testing.T) { m.holds(t, o) })
	}
}

// The operations of the preset.
func TestMatrix_of_the_preset(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, Start(t, Options{Config: fields("PRESET", "simplejwt", "SIGNING_SECRET", sharedSecret)}))
	for _, o := range presetOperations(t) {
		m.holds(t, o)
	}
}

// holds asks for an operation as everybody.
func (m *matrix) holds(t *testing.T, o operation) {
	t.Helper()
	sc := m.scene(t, o)
	for i, caller := range callers {
		who := sc.who(t, caller)
		m.settle(t)
		before := m.version(t)
		r := o.request(sc.things)
		r.As = who.Access
		a := m.Do(t, r)
		if a.Status != o.statuses[i] {
			t.Errorf("%s as %s: status %d, want %d: %.300s", o, caller, a.Status, o.statuses[i], a.Body)
		}
		changed := m.version(t) != before
		switch {
		case a.Status >= 400 && changed:
			t.Errorf("%s as %s is refused with %d and changes something", o, caller, a.Status)
		case a.Status < 300 && !changed && !o.safe() && !slices.Contains(reads, o.String()):
			t.Errorf("%s as %s says %d and changes nothing: %s", o, caller, a.Status, a.Body)
		}
		if a.Status < 400 && !o.safe() {
			sc = m.scene(t, o)
		}
	}
}

// Every operation works for somebody who may, on every kind of database.
func TestOperations_work(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		m := newMatrix(t, s)
		for _, o := range operations(t) {
			sc, who := m.scene(t, o), "super"
			if o.statuses[1] == o.ok() || o.ok() >= 400 {
				who = "user" // it is their own
			}
			r := o.request(sc.things)
			r.As = sc.who(t, who).Access
			a := s.Do(t, r)
			if want := o.statuses[slices.Index(callers, who)]; a.Status != want {
				t.Errorf("%s: status %d, want %d: %s", o, a.Status, want, a.Body)
			}
			kind := "application/json"
			if strings.HasSuffix(o.path, "/export") {
				kind = "application/x-ndjson"
			}
			if o.ours() && (a.Status != http.StatusNoContent && a.Header.Get("Content-Type") != kind || a.Header.Get("Cache-Control") != "no-store") {
				t.Errorf("%s: headers %v", o, a.Header)
			}
		}
	})
}

// broken is a way in which a request is wrong.
type broken struct {
	name string
	body bool // and nothing else of it
	do   func(r *Request, o operation)
}

// ways in which a request is wrong, each in one part.
func brokenWays() []broken {
	body := func(kind, text string) func(*Request, operation) {
		return func(r *Request, _ operation) { r.Body, r.ContentType = []byte(text), kind }
	}
	at := func(value string) func(*Request, operation) {
		return func(r *Request, o operation) {
			things := map[string]string{}
			for _, name := range []string{"user", "role", "session", "event", "role_id", "included_id", "permission", "name"} {
				things[name] = value
			}
			r.Path = o.at(things)
		}
	}
	query := func(r *Request, _ operation) { r.Path += "?limit=-1&nonsense=%ff&nonsense=" }
	return []broken{
		{"a cut body", true, body("application/json", `{"a":`)},
		{"another type of body", true, body("application/xml", `<a/>`)},
		{"too large a body", true, body("application/json", `{"a":"`+strings.Repeat("a", 65<<10)+`"}`)},
		{"no body", true, body("application/json", "")},
		{"a broken query", false, query},
		{"an unknown id", false, at("nobody")},
		{"an id with a NUL", false, at("%00")},
		{"an id with a slash", false, at("a%2fb")},
		{"everything broken", false, func(r *Request, o operation) {
			at("%ff")(r, o)
			query(r, o)
			body("text/plain", `{"a":`)(r, o)
		}},
	}
}

// Cases H14 to H19: who may is decided before anything that was sent is looked at.
func TestMatrix_broken(t *testing.T) {
	t.Parallel()
	m := newMatrix(t, Start(t, Options{}))
	for _, o := range operations(t) {
		t.Run(strings.ReplaceAll(o.String(), "/", "."), func(t *testing.T) {
			var sc *scene // nil where the one before was used up
			for _, way := range brokenWays() {
				for i, caller := range callers {
					if way.body && o.body == "" && o.statuses[i] < 400 {
						continue // who looks at no body does not see that it is broken
					}
					if sc == nil {
						sc = m.peopled(t, o)
					}
					r := o.request(sc.things)
					way.do(&r, o)
					r.As = sc.who(t, caller).Access
					before := m.version(t)
					a := m.Do(t, r)
					if problem := brokenProblem(o, i, a); problem != "" {
						t.Errorf("%s as %s with %s: %s: %.300s", o, caller, way.name, problem, a.Body)
					}
					if a.Status >= 400 && m.version(t) != before {
						t.Errorf("%s as %s with %s: refused with %d, and changes something", o, caller, way.name, a.Status)
					}
					switch {
					case a.Status < 400 && !o.safe():
						sc = nil
					case a.Status < 400:
						m.settle(t) // what it recorded would be sealed under the next one
					}
				}
			}
		})
	}
}

// peopled is a scene with all its callers, in which nothing is written any more.
func (m *matrix) peopled(t *testing.T, o operation) *scene {
	t.Helper()
	sc := m.scene(t, o)
	for _, caller := range callers {
		sc.who(t, caller)
	}
	m.settle(t)
	return sc
}

// brokenProblem says what is wrong with the answer to a broken request.
func brokenProblem(o operation, caller int, a Response) string {
	want := o.statuses[caller]
	refuses := func(status int) bool { return status == http.StatusUnauthorized || status == http.StatusForbidden }
	switch {
	case refuses(want) && !o.byBody[caller]:
		if a.Status != want {
			return fmt.Sprintf("status %d, want %d", a.Status, want)
		}
	case refuses(a.Status) && !(a.Status == want && o.byBody[caller]):
		return fmt.Sprintf("refused with %d to who may", a.Status)
	case !slices.Contains([]int{want, http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}, a.Status):
		return fmt.Sprintf("status %d", a.Status)
	}
	return ""
}
