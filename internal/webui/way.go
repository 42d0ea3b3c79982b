package webui

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// way is how a browser reaches the site, which decides what cookies it can hold.
type way int

const (
	plainWay way = iota // HTTP over a network: no cookie is safe there, and nobody signs in
	loopbackWay
	secureWay
)

// cookieName is the name of the session's cookie: with the prefix that browsers give
// to this host, by HTTPS, alone (RFC 6265bis, section 4.1.3.2). On the loopback
// there is no HTTPS, browsers disagree on secure cookies, and nobody else is on the
// way.
func (w way) cookieName() string {
	if w == secureWay {
		return "__Host-countersign"
	}
	return "countersign-local"
}

// reached tells how a request came. The public URL decides what a proxy may have
// hidden: behind one that speaks HTTPS every request is secure.
func (s *Site) reached(r *http.Request) way {
	switch {
	case r.TLS != nil, strings.HasPrefix(s.PublicURL, "https://"):
		return secureWay
	case loopbackHost(r.Host):
		return loopbackWay
	}
	return plainWay
}

// loopbackHost reports whether a Host header names this machine.
func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && addr.IsLoopback()
}

// openly reports whether the browser says that it sent the form by HTTP although the
// site is reached by HTTPS: it would throw a secure cookie away.
func (v *visit) openly() bool {
	return v.way == plainWay || v.way == secureWay && v.TLS == nil && strings.HasPrefix(v.Header.Get("Origin"), "http://")
}

// cookie makes a cookie of ours. Strict keeps it out of everything that another site
// starts. Without an expiry it ends with the browser, and with the session before.
func (w way) cookie(name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", Secure: w == secureWay, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// sessionCookie returns what a browser presents, "" for nothing. Two of a name are
// nothing: one of them was planted.
func (w way) sessionCookie(r *http.Request) string { return w.one(r, w.cookieName()) }

func (w way) one(r *http.Request, name string) string {
	if w == plainWay {
		return ""
	}
	if found := r.CookiesNamed(name); len(found) == 1 {
		return found[0].Value
	}
	return ""
}

func (w way) keepSession(out http.ResponseWriter, value string) {
	http.SetCookie(out, w.cookie(w.cookieName(), value))
}

func (w way) dropSession(out http.ResponseWriter) { w.drop(out, w.cookieName()) }

func (w way) drop(out http.ResponseWriter, name string) {
	gone := w.cookie(name, "")
	gone.MaxAge = -1
	http.SetCookie(out, gone)
}
