package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

const (
	redacted     = "[redacted]"
	schemeSQLite = "sqlite"
)

// scheme returns what stands before the first colon, in lower case.
func scheme(raw string) string {
	name, _, ok := strings.Cut(raw, ":")
	if !ok {
		return ""
	}
	return strings.ToLower(name)
}

// checkDatabaseURL refuses what no database can be opened with. Its errors never
// show the URL.
func checkDatabaseURL(raw string) error {
	switch scheme(raw) {
	case schemeSQLite:
		if _, path, _ := strings.Cut(raw, ":"); path == "" {
			return errors.New("names no file: write sqlite:PATH")
		}
		return nil
	case "postgres", "postgresql", "mysql", "mariadb":
		u, err := url.Parse(raw)
		if err != nil || strings.Contains(afterAuthority(raw), "@") {
			return errors.New("is not a valid URL (special characters of a password are percent-encoded, @ as %40)")
		}
		// PostgreSQL's URLs may name a socket in the query instead of a host.
		if u.Host == "" && u.Query().Get("host") == "" {
			return errors.New("names no host: write postgres://user:password@host:port/name")
		}
		return nil
	default:
		return errors.New("is of an unknown kind: want sqlite:PATH, postgres://… or mysql://…")
	}
}

// afterAuthority returns path, query and fragment of a URL with //.
func afterAuthority(raw string) string {
	_, rest, _ := strings.Cut(raw, "//")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[i:]
	}
	return ""
}

// RedactURL returns a database URL with the password, and any query parameter that
// sounds like one, replaced by [redacted]. Of a URL that cannot be taken apart with
// certainty only the scheme is left.
func RedactURL(raw string) string {
	name := scheme(raw)
	if checkDatabaseURL(raw) != nil {
		return redacted
	}
	base, query, hasQuery := strings.Cut(raw, "?")
	if name != schemeSQLite {
		u, err := url.Parse(base)
		if err != nil || u.Fragment != "" {
			return name + "://" + redacted
		}
		base = name + "://"
		if u.User != nil {
			base += url.PathEscape(u.User.Username())
			if _, given := u.User.Password(); given {
				base += ":" + redacted
			}
			base += "@"
		}
		base += u.Host + u.EscapedPath()
	}
	if !hasQuery {
		return base
	}
	return base + "?" + redactQuery(query)
}

func redactQuery(query string) string {
	pairs := strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
	for i, pair := range pairs {
		name, _, ok := strings.Cut(pair, "=")
		lower := strings.ToLower(name)
		for _, sign := range []string{"pass", "pwd", "secret", "token", "key", "%"} {
			if ok && strings.Contains(lower, sign) {
				pairs[i] = name + "=" + redacted
			}
		}
	}
	return strings.Join(pairs, "&")
}

// checkPublicURL refuses what is not the start of a URL that clients can use.
func checkPublicURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("is not a URL such as https://auth.example.com")
	case u.User != nil:
		return errors.New("holds a user name or password")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#"):
		return errors.New("has a query or a fragment")
	}
	return nil
}

// checkName refuses an issuer or audience that is no StringOrURI (RFC 7519,
// section 2): with a colon in it, it must be a URI.
func checkName(name string) error {
	const most = 255
	if name == "" || len(name) > most {
		return fmt.Errorf("has a name that is empty or longer than %d bytes", most)
	}
	for _, r := range name {
		if r <= ' ' || r >= 0x7f {
			return errors.New("has a name with a space or a character that is not ASCII")
		}
	}
	if strings.Contains(name, ":") {
		if u, err := url.Parse(name); err != nil || u.Scheme == "" {
			return errors.New("has a name with a colon that is not a URI (RFC 7519, section 2)")
		}
	}
	return nil
}

// checkOrigin refuses what no browser sends as Origin (RFC 6454, section 6.2): the
// comparison is by bytes, so that an origin written differently would never match.
func checkOrigin(origin string) error {
	if strings.Contains(origin, "*") {
		return fmt.Errorf("%s: list each origin; there are no wildcards", quote(origin))
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("has an item that is not an origin such as https://app.example.com")
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else {
		host = strings.TrimSuffix(host, ":80")
	}
	if exact := u.Scheme + "://" + host; exact != origin {
		return fmt.Errorf("%s is not what a browser sends: write %s", quote(origin), quote(exact))
	}
	for _, r := range host {
		if r >= 0x80 {
			return fmt.Errorf("%s: write the host as browsers send it, in punycode (xn--…)", quote(origin))
		}
	}
	return nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && addr.IsLoopback()
}
