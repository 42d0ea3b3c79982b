package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/web"
)

// proxies are trusted: one network of each kind.
var proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}

// originOf is what the chain makes of a request.
func originOf(trusted []netip.Prefix, r *http.Request) access.Origin {
	var got access.Origin
	o := options(slog.New(slog.DiscardHandler))
	o.TrustedProxies = trusted
	web.Chain(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = web.Origin(r) }), o).
		ServeHTTP(httptest.NewRecorder(), r)
	return got
}

func from(peer string, forwarded ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = peer
	if forwarded != nil {
		r.Header["X-Forwarded-For"] = forwarded
	}
	return r
}

// Cases F21, I05 to I07: X-Forwarded-For counts from trusted proxies alone, and
// only what the right-most of them wrote.
func TestOrigin_address(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted []netip.Prefix
		r       *http.Request
		want    string
	}{
		"nobody is trusted":           {nil, from("10.0.0.1:5", "203.0.113.9"), "10.0.0.1"},
		"loopback is not trusted":     {nil, from("127.0.0.1:5", "203.0.113.9"), "127.0.0.1"},
		"untrusted peer":              {proxies, from("192.0.2.1:5", "203.0.113.9"), "192.0.2.1"},
		"trusted peer":                {proxies, from("10.0.0.1:5", "203.0.113.9"), "203.0.113.9"},
		"trusted peer, no header":     {proxies, from("10.0.0.1:5"), "10.0.0.1"},
		"trusted peer, empty header":  {proxies, from("10.0.0.1:5", ""), "10.0.0.1"},
		"left-most spoof":             {proxies, from("10.0.0.1:5", "198.51.100.1, 203.0.113.9"), "203.0.113.9"},
		"spoof of a proxy":            {proxies, from("10.0.0.1:5", "10.9.9.9, 203.0.113.9"), "203.0.113.9"},
		"chain of proxies":            {proxies, from("10.0.0.1:5", "198.51.100.1, 203.0.113.9, 10.0.0.2,fd00::1"), "203.0.113.9"},
		"several headers":             {proxies, from("10.0.0.1:5", "198.51.100.1", "203.0.113.9", "10.0.0.2"), "203.0.113.9"},
		"proxies alone":               {proxies, from("10.0.0.1:5", "10.0.0.3, 10.0.0.2"), "10.0.0.3"},
		"IPv6":                        {proxies, from("[fd00::1]:5", "2001:db8::7"), "2001:db8::7"},
		"peer that is IPv4 in IPv6":   {proxies, from("[::ffff:10.0.0.1]:5", "203.0.113.9"), "203.0.113.9"},
		"hop that is IPv4 in IPv6":    {proxies, from("10.0.0.1:5", "203.0.113.9, ::ffff:10.0.0.2"), "203.0.113.9"},
		"client that is IPv4 in IPv6": {proxies, from("10.0.0.1:5", "::ffff:203.0.113.9"), "203.0.113.9"},
		"zone of the peer":            {proxies, from("[fe80::1%eth0]:5"), "fe80::1"},
		"zone of a hop":               {proxies, from("10.0.0.1:5", "fe80::1%eth0"), "fe80::1"},
		"garbage":                     {proxies, from("10.0.0.1:5", "203.0.113.9, unknown"), "10.0.0.1"},
		"garbage behind a proxy":      {proxies, from("10.0.0.1:5", "203.0.113.9, <script>, 10.0.0.2"), "10.0.0.2"},
		"port":                        {proxies, from("10.0.0.1:5", "203.0.113.9:80"), "10.0.0.1"},
		"octal":                       {proxies, from("10.0.0.1:5", "0203.0.113.9"), "10.0.0.1"},
		"empty hop":                   {proxies, from("10.0.0.1:5", "203.0.113.9,,"), "10.0.0.1"},
		"many proxies":                {proxies, from("10.0.0.1:5", "203.0.113.9"+strings.Repeat(",10.0.0.2", 10_000)), "10.0.0.2"},
		"many strangers":              {proxies, from("10.0.0.1:5", strings.Repeat("198.51.100.1,", 10_000)+"203.0.113.9"), "203.0.113.9"},
		"socket file":                 {proxies, from("@", "203.0.113.9"), ""},
		"no peer":                     {proxies, from("", "203.0.113.9"), ""},
	} {
		if got := originOf(c.trusted, c.r).IP; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Other headers that name a client are never looked at (I08).
func TestOrigin_other_headers(t *testing.T) {
	t.Parallel()
	r := from("10.0.0.1:5")
	for _, name := range []string{"Forwarded", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Client-Ip"} {
		r.Header.Set(name, "203.0.113.9")
	}
	if got := originOf(proxies, r).IP; got != "10.0.0.1" {
		t.Errorf("the address is %q", got)
	}
}

func TestOrigin_request_id(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		peer, id string
		taken    bool
	}{
		"from a proxy":      {"10.0.0.1:5", "0199-abc_DEF", true},
		"from a stranger":   {"192.0.2.1:5", "0199-abc_DEF", false},
		"none":              {"10.0.0.1:5", "", false},
		"with a line break": {"10.0.0.1:5", "a\nb", false},
		"with JSON":         {"10.0.0.1:5", `a","level":"x`, false},
		"too long":          {"10.0.0.1:5", strings.Repeat("a", 41), false},
	} {
		r := from(c.peer)
		r.Header.Set("X-Request-Id", c.id)
		got := originOf(proxies, r).RequestID
		if (got == c.id) != c.taken || !ident.Valid(got) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestOrigin_user_agent(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"": "", "curl/8": "curl/8",
		"a\x00b\x1b[31mc\x7fd\te\n":       "ab[31mcde",
		"C1 \u009b31m, bidi \u202e, \xff": "C1 31m, bidi , ",
		strings.Repeat("a", 300):          strings.Repeat("a", 255),
		strings.Repeat("é", 200):          strings.Repeat("é", 127), // 254 bytes: no half of a letter
		"a" + strings.Repeat("😀", 100):    "a" + strings.Repeat("😀", 63),
	} {
		r := from("192.0.2.1:5")
		r.Header.Set("User-Agent", agent)
		if got := originOf(nil, r).UserAgent; got != want {
			t.Errorf("%q becomes %q, want %q", agent, got, want)
		}
	}
}

// Whatever a proxy passes on, the address is one, or that of the connection, and
// the user agent can be kept and printed.
func FuzzOrigin(f *testing.F) {
	for _, s := range []string{"", "203.0.113.9", "10.0.0.2,10.0.0.3", "a,b", "::ffff:10.0.0.1", "fe80::1%25", ",,,", "[::1]:80", "\xff\x00"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, forwarded, agent string) {
		r := from("10.0.0.1:5", forwarded)
		r.Header.Set("User-Agent", agent)
		o := originOf(proxies, r)
		if at, err := netip.ParseAddr(o.IP); err != nil || at.Zone() != "" || at.Is4In6() {
			t.Errorf("the address is %q", o.IP)
		}
		if o.IP != "10.0.0.1" && len(forwarded) == 0 {
			t.Errorf("the address %q is from nowhere", o.IP)
		}
		if len(o.UserAgent) > 255 || !utf8.ValidString(o.UserAgent) || strings.ContainsFunc(o.UserAgent, unicode.IsControl) {
			t.Errorf("the user agent is %q", o.UserAgent)
		}
	})
}
