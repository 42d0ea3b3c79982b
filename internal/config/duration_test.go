package config

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"10s": 10 * time.Second, "5m": 5 * time.Minute, "336h": 336 * time.Hour, "14d": 336 * time.Hour, "1h30m": 90 * time.Minute,
		"1d12h": 36 * time.Hour, "0s": 0, "0": 0, "250ms": 250 * time.Millisecond, "-5m": -5 * time.Minute, "0d": 0,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("ParseDuration(%s) = %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "10", "d", "-1d", "+1d", "1.5d", "1dd", "1d1d", "1d-1h", "1d+1h", "1d ", " 1d", "1w", "5 m", "ten", "36501d",
		"99999999999999999999d", "36500d2540400h", "9999999999h", "1D"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %s, want an error", text, got)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"14d": 336 * time.Hour, "5m": 5 * time.Minute, "1m30s": 90 * time.Second, "1h": time.Hour, "1h30m": 90 * time.Minute,
		"0s": 0, "250ms": 250 * time.Millisecond, "10s": 10 * time.Second, "1h0m5s": time.Hour + 5*time.Second, "36h": 36 * time.Hour, "10m": 10 * time.Minute,
		"36500d": 36500 * 24 * time.Hour, "876024h": 36501 * 24 * time.Hour, // more days than can be given
	} {
		if got := formatDuration(d); got != want {
			t.Errorf("formatDuration(%s) = %s, want %s", d, got, want)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"", "10s", "14d", "1d12h", "-5m", "36500d", "1d-1h", "9223372036854775807ns", "1e3s", ".5h", "d", "1d\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		// What is shown can be given again and means the same.
		if again, err := ParseDuration(formatDuration(d)); err != nil || again != d {
			t.Errorf("ParseDuration(%q) = %s; shown as %s, read as %s, %v", text, d, formatDuration(d), again, err)
		}
	})
}
