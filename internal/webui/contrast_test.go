package webui_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var variable = regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`)

// colours are the variables of a block of the style sheet.
func colours(block string) map[string]string {
	found := map[string]string{}
	for _, m := range variable.FindAllStringSubmatch(block, -1) {
		found[m[1]] = m[2]
	}
	return found
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// WCAG 2.2, level AA: 4.5 to 1 for text (1.4.3), 3 to 1 for the edges of fields and
// what shows the focus (1.4.11), in both schemes.
func TestContrast(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, css := f.get(f.asset(".css"))
	light, dark, ok := strings.Cut(css, "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("the style sheet has no dark colours")
	}
	for scheme, c := range map[string]map[string]string{"light": colours(light), "dark": colours(dark)} {
		for _, pair := range []struct {
			front, back string
			least       float64
		}{
			{"ink", "sheet", 4.5}, {"ink", "ground", 4.5}, {"quiet", "sheet", 4.5}, {"accent", "sheet", 4.5},
			{"accent-ink", "accent", 4.5}, {"wrong", "sheet", 4.5}, {"wrong", "wrong-ground", 4.5},
			{"quiet", "ground", 4.5}, {"accent", "ground", 4.5}, {"wrong-ink", "wrong", 4.5}, {"done", "done-ground", 4.5},
			{"good", "sheet", 3}, {"bad", "sheet", 3}, // the bars of a chart
			{"edge", "sheet", 3}, {"edge", "ground", 3}, {"wrong", "ground", 3},
		} {
			if c[pair.front] == "" || c[pair.back] == "" {
				t.Fatalf("%s: %s or %s is no colour", scheme, pair.front, pair.back)
			}
			a, b := luminance(t, c[pair.front]), luminance(t, c[pair.back])
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < pair.least {
				t.Errorf("%s: %s on %s has %.2f to 1, want %.1f", scheme, pair.front, pair.back, ratio, pair.least)
			}
		}
	}
}
