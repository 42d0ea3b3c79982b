package simplejwt

import (
	"net/http"
	"slices"
	"strings"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/web"
)

// API answers the routes of the dialect. Its fields are set by app and do not
// change afterwards.
type API struct {
	Accounts *account.Service
	SignIn   *signin.Service
	Bearer   *bearer.Service

	// Preset is the preset "simplejwt": where we are friendlier or stricter than
	// the original by default, it answers to the letter; doc.go lists where.
	Preset bool

	// HeaderTypes are the schemes that carry a token, compared by case; the first
	// is named in WWW-Authenticate. None is "Bearer" alone.
	HeaderTypes []string

	// HeaderName is the header that carries the token; "" is Authorization.
	HeaderName string

	// TokenTypes are the types of token that the header may carry, "access" and
	// "sliding": what is wrong with a token is said for each of them, in this
	// order. None is "access" alone. What is accepted is Bearer's matter.
	TokenTypes []string

	// Throttle bounds how often one client may ask the token routes; nil lets
	// everybody.
	Throttle *web.Throttle
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

	// preset marks routes that are there under the preset alone.
	preset bool

	// secret marks the token routes: their answers must not be kept by any cache,
	// and Throttle bounds how often they are asked.
	secret bool

	handle func(*API, *call) (*reply, error)
}

// routes are the paths of the dialect.
func (a *API) routes() []route {
	return slices.DeleteFunc(everyRoute(), func(rt route) bool { return rt.preset && !a.Preset })
}

func everyRoute() []route {
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
		path: "/api/token/sliding/", method: http.MethodPost,
		name: "Token Obtain Sliding", about: "Exchange a username and a password for a sliding token.",
		preset: true, secret: true, handle: (*API).obtainSliding,
	}, {
		path: "/api/token/sliding/refresh/", method: http.MethodPost,
		name: "Token Refresh Sliding", about: "Exchange a sliding token for one that expires later.",
		preset: true, secret: true, handle: (*API).refreshSliding,
	}, {
		path: "/api/protected/", method: http.MethodGet,
		name: "Protected", about: "Say who asks.",
		authenticates: true, permit: authenticated, handle: (*API).protected,
	}}
}

// Register adds the routes to a mux, each with and without the slash at its end.
// The patterns name no method, because a wrong one is answered here.
func (a *API) Register(mux *http.ServeMux) {
	for _, rt := range a.routes() {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.serve(rt, w, r) })
		mux.Handle(rt.path+"{$}", handler)
		bare := strings.TrimSuffix(rt.path, "/")
		if a.Preset {
			mux.HandleFunc(bare, rt.redirect)
		} else {
			mux.Handle(bare, handler)
		}
	}
}
