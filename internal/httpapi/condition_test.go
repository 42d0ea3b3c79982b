package httpapi

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestVersions(t *testing.T) {
	t.Parallel()
	for header, want := range map[string][]int64{
		`"7"`: {7}, ` "7" `: {7}, `"7","8"`: {7, 8}, "\"7\" ,\t\"8\", ": {7, 8}, `"-1"`: {-1},
		// What is no tag of ours matches nothing.
		`W/"7"`: {}, `"07"`: {}, `"+7"`: {}, `""`: {}, `"a,b"`: {}, `"x", "7"`: {7}, `"99999999999999999999"`: {},
	} {
		got, every, err := Condition{IfMatch: header}.versions()
		if err != nil || every || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, %v, want %v", header, got, every, err, want)
		}
	}
	for _, header := range []string{"", "  ", "*", " * "} {
		if _, every, err := (Condition{IfMatch: header}).versions(); !every || err != nil {
			t.Errorf("%q: %v, %v", header, every, err)
		}
	}
	for _, header := range []string{"7", `"7`, `7"`, `"7" "8"`, `"7"8`, "*, *", `*,"7"`, `,"7"`, "W/7", strings.Repeat(`"1",`, maxTags+1)} {
		if _, _, err := (Condition{IfMatch: header}).versions(); !errors.Is(err, errEntityTag) {
			t.Errorf("%q: %v, want errEntityTag", header, err)
		}
	}
}

func FuzzVersions(f *testing.F) {
	f.Add(`"7", W/"8", "x"`)
	f.Add("*")
	f.Fuzz(func(t *testing.T, header string) {
		known, every, err := Condition{IfMatch: header}.versions()
		if err != nil && (known != nil || every) || len(known) > maxTags {
			t.Errorf("%q: %v, %v, %v", header, known, every, err)
		}
		for _, version := range known {
			if !strings.Contains(header, etag(version)) {
				t.Errorf("%q does not have %s", header, etag(version))
			}
		}
	})
}

func TestETag(t *testing.T) {
	t.Parallel()
	for _, version := range []int64{0, 1, math.MaxInt64} {
		got, _, err := Condition{IfMatch: etag(version)}.versions()
		if err != nil || !slices.Equal(got, []int64{version}) {
			t.Errorf("%s is read as %v, %v", etag(version), got, err)
		}
	}
}
