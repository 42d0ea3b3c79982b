package simplejwt

import (
	"net/http"
	"strconv"
)

// setHeaders sets what every answer of the route carries.
func (rt route) setHeaders(h http.Header) {
	setSecurityHeaders(h)
	h.Set("Content-Type", "application/json")
	h.Add("Vary", "Accept")
	h.Set("Allow", rt.allow())
	if rt.secret {
		h.Set("Cache-Control", "no-store")
	}
}

// setSecurityHeaders sets what keeps a browser from misusing an answer.
func setSecurityHeaders(h http.Header) {
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// setHeaders sets what goes with a refusal's status; scheme is how a client may
// come back after a 401.
func (r *refusal) setHeaders(h http.Header, scheme string) {
	if r.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", scheme+` realm="api"`)
	}
	if r.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(r.retry))
	}
}

// allow lists the methods of the route.
func (rt route) allow() string {
	if rt.method == http.MethodGet {
		return "GET, HEAD, OPTIONS"
	}
	return rt.method + ", OPTIONS"
}

// description is the answer to OPTIONS.
type description struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Renders     []string `json:"renders"`
	Parses      []string `json:"parses"`
}

// describe returns the answer to OPTIONS.
func (rt route) describe() *reply {
	return &reply{http.StatusOK, description{
		Name: rt.name, Description: rt.about,
		Renders: []string{"application/json"},
		Parses:  []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"},
	}}
}
