package webui_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
)

var endsSession = regexp.MustCompile(`/admin/sessions/([A-Za-z0-9-]+)/end`)

// Everybody's sessions are listed, found by name and id, and ended; the own one is
// marked, and asks before it signs out.
func TestLiveSessions(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	ann := s.Someone(t)
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	all := v.get("/admin/sessions")
	v.says("the list", all, 200, ann.Username, `href="/admin/users/`+ann.ID+`"`, "this browser", "Sign out here", "From 127.0.0.1.")
	if strings.Count(all.body, "this browser") != 1 || strings.Count(all.body, `aria-label="End the session of`) != 2 {
		t.Errorf("not the one session of this browser and two others: %s", all.body)
	}
	for _, asked := range []string{ann.Username, ann.ID, " " + strings.ToUpper(ann.Username) + " "} {
		found := v.get("/admin/sessions?" + url.Values{"user": {asked}}.Encode())
		v.says("of "+asked, found, 200, ann.Username, "Show everybody’s sessions", `value="`+strings.TrimSpace(asked)+`"`)
		if n := len(endsSession.FindAllString(found.body, -1)); n != 1 {
			t.Errorf("%d sessions of %q, want one", n, asked)
		}
	}
	one := endsSession.FindStringSubmatch(v.get("/admin/sessions?user=" + ann.ID).body)
	v.says("after the end", v.goes("end", v.post(one[0], url.Values{"user": {ann.ID}}), "/admin/sessions?user="+ann.ID), 200,
		"The session is ended.", "Nobody is signed in as this user.")
	v.says("twice", v.post(one[0], nil), 404, "There is no such session.")
	s.Refresh(t, ann.Refresh).Must(t, 401)
	ended := s.Events(t, event.Filter{Action: event.SessionEnded, Subject: event.Session(ident.SessionID(one[1]))})
	if len(ended) != 1 || ended[0].Actor.ID == ident.UserID(ann.ID) {
		t.Errorf("the events of its end: %+v", ended)
	}
	own := regexp.MustCompile(`(?s)<details class="danger">.*?</details>`).FindString(v.get("/admin/sessions").body)
	v.says("the own one", v.goes("the own one", v.post(endsSession.FindString(own), nil), "/admin/sign-in"), 200, "You are signed out.")
	if v.in() {
		t.Error("who ended their own session is signed in")
	}
}

// A person without the permissions sees no button and no link, and cannot end a session
// of somebody who holds more (H22).
func TestLiveSessions_with_less(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	root := s.Superuser(t)
	viewer := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewSession))
	a := viewer.get("/admin/sessions")
	viewer.says("the list", a, 200, root.Username)
	if strings.Contains(a.body, "/end") || strings.Contains(a.body, "/admin/users/") {
		t.Errorf("there is a button or a link: %s", a.body)
	}
	viewer.says("by id", viewer.get("/admin/sessions?user="+root.ID), 200, root.Username)
	viewer.says("by name, which is looking up users", viewer.get("/admin/sessions?user=a.name"), 400, "There is nobody with this username or id.")
	ender := newVisitor(t, s).signIn("admin", staff(t, s, access.ViewSession, access.EndSession))
	one := endsSession.FindString(ender.get("/admin/sessions?user=" + root.ID).body)
	ender.says("of a superuser", ender.post(one, nil), 403, access.ErrHoldsMore.Public)
	s.Refresh(t, root.Refresh).Must(t, 200)
}

// Case L16 and its like: what is no filter and no cursor is refused, with the form as
// it was filled.
func TestLiveSessions_forged(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, apptest.Options{})
	v := newVisitor(t, s).signIn("admin", s.Superuser(t))
	for range 55 {
		s.Someone(t)
	}
	first := v.get("/admin/sessions")
	v.says("the first page", first, 200, "Show more")
	more := regexp.MustCompile(`href="(/admin/sessions\?after=[^"]+)"`).FindStringSubmatch(first.body)[1]
	second := v.get(more)
	v.says("the second page", second, 200)
	if n := len(endsSession.FindAllString(first.body, -1)) + len(endsSession.FindAllString(second.body, -1)); n != 57 || strings.Contains(second.body, "Show more") {
		t.Errorf("%d sessions on two pages, want 57", n)
	}
	after := strings.TrimPrefix(more, "/admin/sessions?after=")
	for _, forged := range []string{"x", after + "A", "B" + after[1:], url.QueryEscape("' OR 1=1--")} {
		v.says("the cursor "+forged, v.get("/admin/sessions?after="+forged), 400, "does not belong to a list")
	}
	for _, other := range []string{"/admin/events", "/admin/users"} {
		v.says("the cursor in "+other, v.get(other+"?after="+after), 400, "does not belong to a list")
	}
	for _, bad := range []string{ident.New(), "nobody here", strings.Repeat("x", 4000), "\x00", "\xff", "' OR 1=1--"} {
		v.says(fmt.Sprintf("%.20q", bad), v.get("/admin/sessions?user="+url.QueryEscape(bad)), 400, "There is nobody with this username or id.", "Correct the filter, or")
	}
	for _, id := range []string{ident.New(), "x", "%00", "..%2f..", strings.Repeat("x", 300)} {
		v.says("ending "+id, v.post("/admin/sessions/"+id+"/end", nil), 404)
	}
}
