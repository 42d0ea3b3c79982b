package config

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// What only the dialect knows is refused where it is not spoken, by every way to
// give it, and the complaint names the preset.
func TestDialectNeedsThePreset(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, f := range fields() {
		if f.needs != presetSimpleJWT {
			continue
		}
		seen++
		value := f.def
		switch {
		case f.key == "bridge_until":
			value = "2026-12-31"
		case value == "":
			value = "x"
		}
		_, err := load(t, Source{Environ: []string{f.env() + "=" + value}})
		want := f.env() + ": means something only with the preset simplejwt: set COUNTERSIGN_PRESET=simplejwt"
		if err == nil || !slices.Equal(problems(t, err), []string{want}) {
			t.Errorf("%s: %v, want %s", f.key, err, want)
		}
	}
	if seen < 20 {
		t.Errorf("%d settings need the preset, the tags were not read", seen)
	}
}

func TestDialectRules(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		setting, problem string
	}{
		{"AUTH_HEADER_NAME=X-Access-Token", ""},
		{"AUTH_HEADER_NAME=HTTP_X_ACCESS_TOKEN", "AUTH_HEADER_NAME: has an underscore: write the name as it is sent"},
		{"AUTH_HEADER_NAME=X Access", "is not the name of a header"},
		{"AUTH_HEADER_NAME=", "is not the name of a header"},
		{"AUTH_HEADER_TYPES=JWT,Bearer", ""},
		{"AUTH_HEADER_TYPES=", "AUTH_HEADER_TYPES: is empty"},
		{"AUTH_HEADER_TYPES=a\tb", "has a word with a space"},
		{"AUTH_TOKEN_TYPES=access,sliding", ""},
		{"AUTH_TOKEN_TYPES=refresh", "\"refresh\" is not one of access, sliding"},
		{"AUTH_TOKEN_TYPES=", "AUTH_TOKEN_TYPES: is empty"},
		{"USER_ID_CLAIM=", "USER_ID_CLAIM: is empty"},
		{"USER_ID_CLAIM=sid", "is the name of a claim that tokens have anyway"},
		{"USER_ID_CLAIM=jti", "JTI_CLAIM"},
		{"REVOKE_TOKEN_CLAIM=none", ""},
		{"SLIDING_LIFETIME=1500ms", "is not whole seconds"},
		{"ISSUER=my issuer: one", ""},
		{"ISSUER=a\x7fb", "ISSUER: has a control character"},
		{"BRIDGE_UNTIL=2026-13-01", "BRIDGE_UNTIL: \"2026-13-01\" is neither a day"},
		{"BRIDGE_UNTIL=1900-01-01", "is before 1970"},
	} {
		_, err := load(t, simplejwt("", test.setting))
		if (err == nil) != (test.problem == "") || err != nil && (len(problems(t, err)) != 1 || !strings.Contains(strings.ToUpper(err.Error()), strings.ToUpper(test.problem))) {
			t.Errorf("%s: %v, want %q", test.setting, err, test.problem)
		}
	}
}

func TestBridgeUntil(t *testing.T) {
	t.Parallel()
	midnight := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]struct {
		at    time.Time
		shown string
	}{
		"2026-12-31":                {midnight, "2026-12-31"},
		"2027-01-01T00:00:00Z":      {midnight, "2026-12-31"},
		"2026-12-31T18:30:00+02:00": {time.Date(2026, 12, 31, 16, 30, 0, 0, time.UTC), "2026-12-31T16:30:00Z"},
		"":                          {time.Time{}, ""},
	} {
		c := mustLoad(t, simplejwt("", "BRIDGE_UNTIL="+text))
		if s := settingOf(t, c, "bridge_until"); !c.BridgeUntil.Equal(want.at) || s.Value != want.shown {
			t.Errorf("%q: %s, shown as %q", text, c.BridgeUntil, s.Value)
		}
		open := slices.ContainsFunc(c.Warnings, func(w string) bool {
			return strings.Contains(w, "tokens that Django issued are accepted without an end: whoever holds the shared secret can mint anyone; set bridge_until")
		})
		if open != want.at.IsZero() {
			t.Errorf("%q: warnings %q", text, c.Warnings)
		}
	}
	dir := t.TempDir()
	for _, line := range []string{"bridge_until = 2026-12-31", "bridge_until = 2027-01-01T00:00:00Z", `bridge_until = "2026-12-31"`} {
		write(t, dir, "countersign.toml", line+"\n")
		src := simplejwt("")
		src.WorkDir, src.Environ = dir, src.Environ[:2]
		if c := mustLoad(t, src); !c.BridgeUntil.Equal(midnight) {
			t.Errorf("%s: %s", line, c.BridgeUntil)
		}
	}
}

func TestThrottleRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		count int
		per   time.Duration
	}{
		"":         {0, 0},
		"2/min":    {2, time.Minute},
		"10/s":     {10, time.Second},
		"1/sec":    {1, time.Second},
		"5/minute": {5, time.Minute},
		"100/hour": {100, time.Hour},
		"7/h":      {7, time.Hour},
		"1000/day": {1000, 24 * time.Hour},
	} {
		c := mustLoad(t, Source{Environ: []string{"COUNTERSIGN_THROTTLE=" + text}})
		if count, per := c.ThrottleRate(); count != want.count || per != want.per {
			t.Errorf("%q: %d per %s", text, count, per)
		}
	}
}

func TestAllowedHostsAreInSmallLetters(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, Source{Environ: []string{"COUNTERSIGN_ALLOWED_HOSTS=Auth.Example.com,.EXAMPLE.org"}})
	if !slices.Equal(c.AllowedHosts, []string{"auth.example.com", ".example.org"}) {
		t.Errorf("AllowedHosts = %q", c.AllowedHosts)
	}
}
