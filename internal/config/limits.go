package config

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxThrottle is the most requests that a throttle can allow in its time.
const maxThrottle = 100_000

// leastRetention keeps a typo from removing what happened yesterday.
const leastRetention = 30 * 24 * time.Hour

// ThrottleRate returns how many requests the throttle allows in what time, or
// zeros when there is none.
func (c *Config) ThrottleRate() (count int, per time.Duration) {
	count, per, _ = parseThrottle(c.Throttle)
	return count, per
}

func (v *checker) limits() {
	if _, _, err := parseThrottle(v.Throttle); err != nil {
		v.bad("throttle", "%s %v", quote(v.Throttle), err)
	}
	if v.EventRetention != 0 && v.EventRetention < leastRetention {
		v.bad("event_retention", "%s is less than %s: events are kept that long at least, or for ever with 0",
			formatDuration(v.EventRetention), formatDuration(leastRetention))
	}
	for _, pattern := range v.AllowedHosts {
		if err := checkHost(pattern); err != nil {
			v.bad("allowed_hosts", "%s %v", quote(pattern), err)
		}
	}
}

// parseThrottle reads a rate as Django REST framework writes it, 100/hour. An
// empty one is none.
func parseThrottle(text string) (count int, per time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	number, period, _ := strings.Cut(text, "/")
	for _, unit := range []struct {
		names string
		per   time.Duration
	}{
		{"s sec second", time.Second}, {"m min minute", time.Minute}, {"h hour", time.Hour}, {"d day", 24 * time.Hour},
	} {
		if slices.Contains(strings.Fields(unit.names), period) {
			per = unit.per
		}
	}
	n, err := strconv.ParseUint(number, 10, 32)
	if per == 0 || err != nil || n == 0 {
		return 0, 0, errors.New("is not a number of requests in a time: write it as 10/sec, 60/min, 100/hour or 1000/day")
	}
	if n > maxThrottle {
		return 0, 0, fmt.Errorf("is more than %d requests", maxThrottle)
	}
	return int(n), per, nil
}

// checkHost refuses a pattern that no host of a request can match. The pattern is
// in small letters.
func checkHost(pattern string) error {
	if pattern == "*" {
		return nil
	}
	if inside, ok := strings.CutPrefix(pattern, "["); ok {
		address, closed := strings.CutSuffix(inside, "]")
		if addr, err := netip.ParseAddr(address); !closed || err != nil || !addr.Is6() || addr.Zone() != "" {
			return errors.New("is not an IPv6 address in brackets, such as [::1]")
		}
		return nil
	}
	name := strings.TrimPrefix(pattern, ".")
	switch {
	case strings.HasPrefix(pattern, "*."):
		return fmt.Errorf("has a star: write %s for a name and all below it", quote(pattern[1:]))
	case strings.Contains(name, "/"):
		return errors.New("is a URL: write the host alone, such as auth.example.com")
	case strings.Contains(name, ":"):
		return errors.New("has a port or is an IPv6 address without brackets: write the host alone")
	case name == "" || strings.Trim(name, ".-0123456789abcdefghijklmnopqrstuvwxyz") != "" || strings.Contains(name, "..") || strings.HasPrefix(name, ".") || strings.HasSuffix(name, "."):
		return errors.New("is not the name of a host, such as auth.example.com")
	}
	return nil
}
