package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// errDuration says how durations are written.
var errDuration = errors.New("is not a duration: write it as 250ms, 10s, 5m, 12h or 14d")

// maxDays keeps days × 24 h far inside what a time.Duration can hold.
const maxDays = 36500

// ParseDuration reads Go's syntax (time.ParseDuration) with days before it: 10s,
// 1h30m, 14d, 1d12h. It returns errDuration for anything else.
func ParseDuration(text string) (time.Duration, error) {
	days, rest, ok := strings.Cut(text, "d")
	if !ok {
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, errDuration
		}
		return d, nil
	}
	n, err := strconv.ParseUint(days, 10, 32)
	if err != nil || n > maxDays {
		return 0, errDuration
	}
	d := time.Duration(n) * 24 * time.Hour
	if rest == "" {
		return d, nil
	}
	// What follows the days adds to them: no second d, no sign, no overflow.
	more, err := time.ParseDuration(rest)
	if err != nil || rest[0] == '+' || rest[0] == '-' || d+more < d {
		return 0, errDuration
	}
	return d + more, nil
}

// formatDuration writes a duration as ParseDuration reads it, without the zeros
// of time.Duration.String: 5m, 14d, 1m30s.
func formatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 && d/day <= maxDays {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
