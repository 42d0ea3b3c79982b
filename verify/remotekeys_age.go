package verify

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxDeltaSeconds is what larger numbers count as (RFC 9111 section 1.2.2).
const maxDeltaSeconds = 1 << 31

// freshness returns for how long an answer is fresh from now on, and whether it
// says so at all: max-age of Cache-Control less Age, what it spent in caches on
// the way (RFC 9111 sections 4.2.1 and 4.2.3). Of several statements the shortest
// counts; one that cannot be read, no-store and no-cache count as zero.
func freshness(h http.Header) (left time.Duration, said bool) {
	left = maxDeltaSeconds * time.Second
	rest := strings.Join(h.Values("Cache-Control"), ",")
	for rest != "" {
		var directive string
		directive, rest = cutDirective(rest)
		name, value, hasValue := strings.Cut(directive, "=")
		switch strings.ToLower(strings.Trim(name, " \t")) {
		case "max-age":
			left, said = min(left, deltaSeconds(value)), true
		case "no-store":
			left, said = 0, true
		case "no-cache":
			if !hasValue { // with one it is about header fields
				left, said = 0, true
			}
		}
	}
	if !said {
		return 0, false
	}
	return max(0, left-deltaSeconds(h.Get("Age"))), true
}

// cutDirective cuts a list at its first comma that is not inside quotes.
func cutDirective(list string) (first, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++ // whatever follows is taken as it is
		case c == ',' && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

// deltaSeconds reads a number of seconds, which may stand in quotes (RFC 9111
// section 5.2). What is not one is zero.
func deltaSeconds(text string) time.Duration {
	text = strings.Trim(text, " \t")
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return time.Duration(min(n, maxDeltaSeconds)) * time.Second // n is the largest where it is out of range
}
