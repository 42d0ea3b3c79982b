package verify

import (
	"strconv"
	"strings"
	"time"
)

// maxSeconds is 9999-12-31T23:59:59Z, the last second that RFC 3339 can write.
const maxSeconds = 253402300799

// date returns a NumericDate (RFC 7519 section 2) made whole by round. The range
// is checked while it is a float: converting 1e30 first would wrap it round to
// some harmless looking time.
func (v value) date(round func(float64) float64) (time.Time, bool) {
	if v.kind != kindNumber {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseFloat(string(v.raw), 64)
	if err != nil || !(0 <= seconds && seconds <= maxSeconds) {
		return time.Time{}, false
	}
	return time.Unix(int64(round(seconds)), 0).UTC(), true
}

// laxDate is date as the original service reads one: true and false are 1 and 0,
// digits may stand in a text, and what is before 1970 counts as 1970.
func (v value) laxDate(round func(float64) float64) (time.Time, bool) {
	raw := string(v.raw)
	switch v.kind {
	case kindTrue:
		raw = "1"
	case kindFalse:
		raw = "0"
	case kindString:
		text, ok := v.line()
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if !ok || err != nil {
			return time.Time{}, false
		}
		raw = strconv.FormatInt(n, 10)
	case kindNumber:
	default:
		return time.Time{}, false
	}
	if strings.HasPrefix(raw, "-") {
		raw = "0"
	}
	return value{kind: kindNumber, raw: []byte(raw)}.date(round)
}
