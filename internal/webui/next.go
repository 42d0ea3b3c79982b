package webui

import (
	"net/url"
	"path"
	"strings"
)

// maxNext is the longest address that a sign-in leads back to.
const maxNext = 1024

// nextOf returns where a sign-in leads: the address that was asked for when it is a
// page of this site, as a path and a query, and the area's home otherwise. What
// browsers read as another host (//host, /\host, a scheme, white space before them)
// is never returned: the path is taken apart and put together again.
func nextOf(asked string, a area) string {
	if asked == "" || len(asked) > maxNext || strings.ContainsFunc(asked, func(r rune) bool { return r <= ' ' || r == '\\' || r > '~' }) {
		return a.home()
	}
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return a.home()
	}
	clean := path.Clean(u.Path)
	if strings.HasSuffix(u.Path, "/") && clean != "/" {
		clean += "/"
	}
	inside := strings.HasPrefix(clean, adminArea.home()) || strings.HasPrefix(clean, accountArea.home())
	if clean != u.Path || !inside || clean == adminArea.signIn() || clean == accountArea.signIn() {
		return a.home()
	}
	return (&url.URL{Path: clean, RawQuery: u.RawQuery}).String()
}
