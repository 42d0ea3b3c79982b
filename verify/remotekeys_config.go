package verify

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

const (
	defaultRemoteInterval = 10 * time.Second
	defaultRemoteAge      = 5 * time.Minute
	defaultRemoteStale    = 24 * time.Hour
	maxRemoteAge          = 24 * time.Hour
	remoteTimeout         = 5 * time.Second
	maxRemoteRedirects    = 3
	maxRemoteHeader       = 16 << 10 // bytes
)

func (c RemoteConfig) withDefaults() RemoteConfig {
	for _, d := range []struct {
		value *time.Duration
		what  time.Duration
	}{
		{&c.MinInterval, defaultRemoteInterval},
		{&c.MaxAge, defaultRemoteAge},
		{&c.MaxStale, defaultRemoteStale},
	} {
		if *d.value == 0 {
			*d.value = d.what
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// validate returns every mistake in the durations.
func (c RemoteConfig) validate() error {
	var problems []error
	if c.MinInterval < 0 || c.MaxAge < 0 || c.MaxStale < 0 {
		problems = append(problems, errors.New("verify: MinInterval, MaxAge or MaxStale is negative"))
	}
	if c.MaxStale < 2*c.MinInterval {
		problems = append(problems, errors.New("verify: MaxStale is less than twice MinInterval"))
	}
	return errors.Join(problems...)
}

// bounded returns how long an answer counts as fresh that asks for age. Half of
// MaxStale leaves time to try again before the keys are too old.
func (c RemoteConfig) bounded(age time.Duration) time.Duration {
	return max(c.MinInterval, min(age, maxRemoteAge, c.MaxStale/2))
}

// parseRemoteURL refuses every address from which anyone else than the issuer
// could answer: keys that came in the clear are worth nothing.
func parseRemoteURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("verify: URL is not one")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("verify: URL is neither https nor http")
	case u.Hostname() == "" || u.Opaque != "":
		return nil, errors.New("verify: URL has no host")
	case u.User != nil:
		return nil, errors.New("verify: URL has a user")
	case u.Fragment != "" || strings.HasSuffix(text, "#"):
		return nil, errors.New("verify: URL has a fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, errors.New("verify: URL is http to another host: use https")
	}
	return u, nil
}

// isLoopback reports whether a host is this machine by its spelling alone; no
// name is looked up. localhost is loopback by RFC 6761 section 6.3.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// remoteClient returns a client that stays where it was sent.
func remoteClient(given *http.Client) *http.Client {
	var c http.Client
	if given != nil {
		c = *given
	} else {
		c.Transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           1,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: maxRemoteHeader,
		}
	}
	if c.Timeout == 0 {
		c.Timeout = remoteTimeout
	}
	further := c.CheckRedirect
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		switch {
		case origin(req.URL) != origin(via[0].URL):
			return errors.New("redirected to another scheme, host or port")
		case len(via) > maxRemoteRedirects:
			return errors.New("redirected more than three times")
		case further != nil:
			return further(req, via)
		}
		return nil
	}
	return &c
}

// origin returns the scheme, host and port of a URL.
func origin(u *url.URL) [3]string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return [3]string{u.Scheme, strings.ToLower(u.Hostname()), port}
}
