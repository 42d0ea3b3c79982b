package simplejwt

import (
	"net/http"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/signin"
)

// API answers the routes of the dialect. Its fields are set by app and do not
// change afterwards.
type API struct {
	Accounts *account.Service
	SignIn   *signin.Service
	Bearer   *bearer.Service

	// Preset is the preset "simplejwt": where we are friendlier or stricter than
	// the original by default, it answers to the letter. Passwords lose white
	// space at their ends, ids that are numbers are sent as numbers, a path
	// without its slash is redirected.
	Preset bool
}

// route is one path of the dialect, as data.
type route struct {
	path        string // with the slash at its end
	method      string // POST or GET; HEAD comes with GET, OPTIONS with both
	name, about string // for OPTIONS

	// authenticates says whether the Authorization header is looked at.
	authenticates bool

	// permit refuses who may not; nil lets everybody. It comes before the method
	// and the body are looked at.
	permit func(*API, *call) error

	// secret marks answers that hold tokens and must not be kept by any cache.
	secret bool

	handle func(*API, *call) (*reply, error)
}

// routes are all paths of the dialect.
func routes() []route {
	return []route{{
		path: "/api/register/", method: http.MethodPost,
		name: "Register", about: "Make an account.",
		authenticates: true, permit: mayRegister, handle: (*API).register,
	}, {
		path: "/api/token/", method: http.MethodPost,
		name: "Token Obtain Pair", about: "Exchange a username and a password for a refresh token and an access token.",
		secret: true, handle: (*API).obtain,
	}, {
		path: "/api/token/refresh/", method: http.MethodPost,
		name: "Token Refresh", about: "Exchange a refresh token for a new access token.",
		secret: true, handle: (*API).refresh,
	}, {
		path: "/api/token/verify/", method: http.MethodPost,
		name: "Token Verify", about: "Say whether a token is good.",
		secret: true, handle: (*API).verify,
	}, {
		path: "/api/token/blacklist/", method: http.MethodPost,
		name: "Token Blacklist", about: "End the session of a refresh token.",
		secret: true, handle: (*API).blacklist,
	}, {
		path: "/api/protected/", method: http.MethodGet,
		name: "Protected", about: "Say who asks.",
		authenticates: true, permit: authenticated, handle: (*API).protected,
	}}
}

// Register adds the routes to a mux, each with and without the slash at its end.
// The patterns name no method, because a wrong one is answered here.
func (a *API) Register(mux *http.ServeMux) {
	for _, rt := range routes() {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.serve(rt, w, r) })
		mux.Handle(rt.path+"{$}", handler)
		bare := rt.path[:len(rt.path)-1]
		if a.Preset {
			mux.HandleFunc(bare, rt.redirect)
		} else {
			mux.Handle(bare, handler)
		}
	}
}

// redirect sends the client to the path with its slash, whatever the method. The
// Location is a path, so that no Host header can lead elsewhere.
func (rt route) redirect(w http.ResponseWriter, r *http.Request) {
	location := rt.path
	if r.URL.RawQuery != "" {
		location += "?" + r.URL.RawQuery
	}
	h := w.Header()
	setSecurityHeaders(h)
	h.Set("Location", location)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusMovedPermanently)
}
