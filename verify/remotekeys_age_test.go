package verify

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestFreshness(t *testing.T) {
	t.Parallel()
	const long = maxDeltaSeconds * time.Second
	for _, tc := range []struct {
		control, age string
		want         time.Duration
		said         bool
	}{
		{"", "", 0, false},
		{"public", "", 0, false},
		{"public, max-age=300", "", 300 * time.Second, true},
		{"MAX-AGE=300,public", "", 300 * time.Second, true},
		{`max-age="300"`, "", 300 * time.Second, true},
		{" , ,\tmax-age = 300 ,", "", 300 * time.Second, true},
		{"max-age=300", "100", 200 * time.Second, true},
		{"max-age=300", "301", 0, true},
		{"max-age=300", "-5", 300 * time.Second, true},
		{"max-age=300", "soon", 300 * time.Second, true},
		{"max-age=300", "99999999999999999999", 0, true},
		{"max-age=300, max-age=20", "", 20 * time.Second, true},
		{"max-age=300, no-cache", "", 0, true},
		{"no-store", "", 0, true},
		{`no-cache="Set-Cookie", max-age=5`, "", 5 * time.Second, true},
		{"max-age=0, no-cache, no-store, must-revalidate, private", "", 0, true},
		{"max-age", "", 0, true},
		{"max-age=", "", 0, true},
		{"max-age=-1", "", 0, true},
		{"max-age=+1", "", 0, true},
		{"max-age=5m", "", 0, true},
		{"max-age=1.5", "", 0, true},
		{"max-age=99999999999999999999", "", long, true},
		{"max-age=9223372037", "", long, true},
		{"s-maxage=7, x-max-age=8", "", 0, false},
		{`x="a, max-age=1", max-age=9`, "", 9 * time.Second, true},
		{`x="a\", max-age=1", max-age=9`, "", 9 * time.Second, true},
		{`x="a, max-age=1`, "", 0, false},
		{`x="\`, "", 0, false},
	} {
		h := http.Header{"Cache-Control": {tc.control}}
		if tc.age != "" {
			h.Set("Age", tc.age)
		}
		if got, said := freshness(h); got != tc.want || said != tc.said {
			t.Errorf("%q, Age %q: %v, %v; want %v, %v", tc.control, tc.age, got, said, tc.want, tc.said)
		}
	}
	if got, said := freshness(http.Header{"Cache-Control": {"public", "max-age=7"}}); got != 7*time.Second || !said {
		t.Errorf("in two lines: %v, %v", got, said)
	}
}

func TestBounded(t *testing.T) {
	t.Parallel()
	r := newRemote(t, RemoteConfig{URL: "https://id.example.com/jwks", MaxStale: 72 * time.Hour})
	short := newRemote(t, RemoteConfig{URL: "https://id.example.com/jwks", MaxStale: time.Minute, MinInterval: time.Second})
	for _, tc := range []struct {
		r         *RemoteKeys
		age, want time.Duration
	}{
		{r, 0, 10 * time.Second},
		{r, time.Minute, time.Minute},
		{r, maxDeltaSeconds * time.Second, 24 * time.Hour},
		{short, 0, time.Second},
		{short, time.Hour, 30 * time.Second},
	} {
		if got := tc.r.cfg.bounded(tc.age); got != tc.want {
			t.Errorf("bounded(%v) = %v, want %v", tc.age, got, tc.want)
		}
	}
}

// FuzzFreshness holds the reader of Cache-Control to its bounds, and to a simpler
// one where there are no quotes.
func FuzzFreshness(f *testing.F) {
	for _, control := range []string{
		"public, max-age=300", `x="a, max-age=1", MAX-AGE="9"`, "no-cache, no-store", "max-age=99999999999999999999", `"\`, ",,=,",
	} {
		f.Add(control, "1")
	}
	f.Fuzz(func(t *testing.T, control, age string) {
		h := http.Header{"Cache-Control": {control}, "Age": {age}}
		left, said := freshness(h)
		if left < 0 || left > maxDeltaSeconds*time.Second || !said && left != 0 {
			t.Fatalf("%v, %v", left, said)
		}
		first, rest := cutDirective(control)
		if !strings.HasPrefix(control, first) || !strings.HasSuffix(control, rest) || len(control)-len(first)-len(rest) > 1 {
			t.Fatalf("cut into %q and %q", first, rest)
		}
		if strings.Contains(control, `"`) {
			return
		}
		named := false
		for item := range strings.SplitSeq(control, ",") {
			name, value, has := strings.Cut(item, "=")
			name = strings.ToLower(strings.Trim(name, " \t"))
			named = named || name == "max-age" || name == "no-store" || name == "no-cache" && !has
			if n, err := strconv.ParseUint(strings.Trim(value, " \t"), 10, 31); name == "max-age" && err == nil && left > time.Duration(n)*time.Second {
				t.Fatalf("%v is more than %d s", left, n)
			}
		}
		if named != said {
			t.Fatalf("said %v, want %v", said, named)
		}
	})
}
