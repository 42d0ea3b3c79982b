package config

import (
	"fmt"
	"time"
)

// instant reads the end of a time: the last day of it in UTC, as 2026-12-31, or
// the instant itself in the form of RFC 3339. The end of a day is the first
// instant of the next one. An empty text is the zero time. A TOML file may hold
// the date or the time without quotes.
func instant(raw any) (time.Time, error) {
	var text string
	switch v := raw.(type) {
	case time.Time:
		text = v.Format(time.RFC3339Nano)
	case fmt.Stringer: // a date of the TOML parser
		text = v.String()
	default:
		var err error
		if text, err = scalar(raw); err != nil || text == "" {
			return time.Time{}, err
		}
	}
	at, err := time.Parse(time.DateOnly, text)
	if err == nil {
		at = at.AddDate(0, 0, 1)
	} else if at, err = time.Parse(time.RFC3339, text); err != nil {
		return time.Time{}, fmt.Errorf("%s is neither a day such as 2026-12-31 nor a time such as 2026-12-31T18:00:00Z", quote(text))
	}
	if at.Unix() <= 0 {
		return time.Time{}, fmt.Errorf("%s is before 1970", quote(text))
	}
	return at.UTC(), nil
}

// formatInstant writes an instant as instant reads it: the last day, where it is
// the end of one.
func formatInstant(at time.Time) string {
	switch at = at.UTC(); {
	case at.IsZero():
		return ""
	case at.Equal(at.Truncate(24 * time.Hour)):
		return at.AddDate(0, 0, -1).Format(time.DateOnly)
	default:
		return at.Format(time.RFC3339Nano)
	}
}
