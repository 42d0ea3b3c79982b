package event_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/verify"
)

func TestNew(t *testing.T) {
	t.Parallel()
	who := access.Caller{
		Kind: access.Person, UserID: "u-9", Name: "ann", Session: "s-1",
		Rights: access.Rights{Superuser: true}, Origin: access.Origin{IP: "192.0.2.1", UserAgent: "a/1", RequestID: "r"},
	}
	at := begin.Add(123456 * time.Microsecond).In(time.FixedZone("x", 3600))
	got := event.New(who, at, event.RoleCreated, event.Role("r-1", "Editors"))
	if len(got.ID) != 36 {
		t.Errorf("ID = %q", got.ID)
	}
	want := event.Event{
		ID: got.ID, At: begin.Add(123 * time.Millisecond), Actor: event.Actor{Kind: access.Person, ID: "u-9", Name: "ann"},
		Action: event.RoleCreated, Subject: event.Subject{Kind: "role", ID: "r-1", Name: "Editors"}, Origin: who.Origin, Detail: "{}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("New (-want +got):\n%s", diff)
	}
}

func TestDetailIsStable(t *testing.T) {
	t.Parallel()
	const want = `{"a":[1,2],"b":{"x":true,"y":null},"c":"\u003cz\u003e"}`
	for range 20 { // maps have no order
		e := something("x").With(map[string]any{"c": "<z>", "a": []int{1, 2}}).With(map[string]any{"b": map[string]any{"y": nil, "x": true}})
		if e.Detail != want {
			t.Fatalf("Detail = %s, want %s", e.Detail, want)
		}
	}
}

func TestWithReplacesAndCopies(t *testing.T) {
	t.Parallel()
	first := something("x").With(map[string]any{"a": 1})
	second := first.With(map[string]any{"a": 2})
	if first.Detail != `{"a":1}` || second.Detail != `{"a":2}` {
		t.Errorf("details are %s and %s", first.Detail, second.Detail)
	}
}

func TestRevoking(t *testing.T) {
	t.Parallel()
	c := verify.Cutoff{Kind: verify.CutoffUser, ID: "u-1", Min: 7, Until: begin, Reason: "why"}
	e := something("x").With(map[string]any{"n": 1}).Revoking(c)
	const want = `{"cutoff":{"id":"u-1","kind":"user","min":7,"reason":"why"},"n":1}`
	if e.Detail != want || e.Cutoff == nil || *e.Cutoff != c {
		t.Errorf("Revoking: detail %s, cut-off %+v", e.Detail, e.Cutoff)
	}
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	for got, want := range map[event.Subject]event.Subject{
		event.User("u", "ann"):         {Kind: "user", ID: "u", Name: "ann"},
		event.Session("s"):             {Kind: "session", ID: "s"},
		event.Permission("blog.write"): {Kind: "permission", ID: "blog.write"},
		event.Key("kid"):               {Kind: "key", ID: "kid"},
	} {
		if got != want {
			t.Errorf("subject %+v, want %+v", got, want)
		}
	}
}
