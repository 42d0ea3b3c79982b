package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/internal/fault"
)

var errHost = fault.New(fault.Invalid, "host_not_allowed", "The Host header names no host that this service answers for.")

// healthPaths are asked by load balancers and orchestrators, which know an address
// and no name.
var healthPaths = []string{"/healthz", "/readyz"}

// ofHosts answers only requests whose Host header names an allowed host, whatever
// the path, but for the health of the service.
func ofHosts(next http.Handler, allowed []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !HostAllowed(r.Host, allowed) && !slices.Contains(healthPaths, r.URL.Path) {
			Note(r.Context()).SetError(errHost)
			WriteProblem(w, r, http.StatusBadRequest, errHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostText is a host as a Host header may name it (RFC 9110, section 7.2): a name,
// an IPv4 address or an IPv6 address in brackets, and a port.
var hostText = regexp.MustCompile(`^([a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(?::[0-9]+)?$`)

// HostAllowed reports whether a Host header names one of the allowed hosts, by the
// rules of Django's ALLOWED_HOSTS: the port does not count, nor does case, nor a dot
// at the end; ".example.com" is example.com and everything below it; "*" is any
// host, as long as it is one.
func HostAllowed(host string, allowed []string) bool {
	parts := hostText.FindStringSubmatch(strings.ToLower(host))
	if parts == nil {
		return false
	}
	name := strings.TrimSuffix(parts[1], ".")
	return name != "" && slices.ContainsFunc(allowed, func(pattern string) bool {
		pattern = strings.ToLower(pattern)
		if domain, wild := strings.CutPrefix(pattern, "."); wild {
			return name == domain || strings.HasSuffix(name, pattern)
		}
		return pattern == "*" || pattern == name
	})
}
