package webui

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// What the tests of this package use of its inside.

// NextOf is where a sign-in to the admin site leads.
func NextOf(asked string) string { return nextOf(asked, adminArea) }

// Route is what tests know of a route.
type Route struct {
	Pattern        string
	SignedIn       bool
	Staff, Recent  bool
	Secret         bool
	Area, SignInAt string
	Needs, Page    string
}

// Routes are all of the site.
func Routes() []Route {
	var all []Route
	for _, rt := range new(Site).routes() {
		all = append(all, Route{
			Pattern: rt.pattern, SignedIn: rt.entry == signedIn || rt.entry == staff, Staff: rt.entry == staff, Recent: rt.recent,
			Secret: rt.secret,
			Area:   rt.area.home(), SignInAt: rt.area.signIn(), Needs: string(rt.needs), Page: rt.page,
		})
	}
	return all
}

// Dangerous is a route that wants a fresh password, on a site that is registered.
func (s *Site) Dangerous(do func(form url.Values)) http.Handler {
	return s.serve(route{area: adminArea, entry: staff, recent: true, handle: func(v *visit) (answer, error) {
		do(v.PostForm)
		return moved{to: "/admin/", say: flash{Text: "It is done.", Undo: "/admin/undo", UndoLabel: "Undo it"}}, nil
	}})
}

// ReadFlash returns the text of a message's cookie, and whether it is one of ours.
func (s *Site) ReadFlash(raw string) (string, bool) {
	f, ok := s.readFlash(raw)
	return f.Text, ok
}

// DeviceName says in a few words what a user agent is.
func DeviceName(agent string) string { return deviceName(agent) }

// LaidOut writes JSON on several lines.
func LaidOut(raw json.RawMessage) (string, error) { return laidOut(raw) }
