package simplejwt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/apptest"
)

// comparison is an answer beside the one that was recorded.
type comparison struct {
	of      recordedCase
	want    recordedResponse
	got     apptest.Response
	now     time.Time
	setting *variants
}

// Headers that a client acts on, and those that mean something by being there: of
// them none must be sent that was not recorded.
var (
	acted   = []string{"www-authenticate", "location", "retry-after"}
	telling = append([]string{"allow", "vary", "set-cookie"}, acted...)
)

// differences returns everything that is not as recorded.
func (c comparison) differences(t *testing.T) []string {
	t.Helper()
	all := append(c.statusDiffers(), c.headersDiffer(slices.Collect(maps.Keys(c.want.Headers)), telling)...)
	if c.want.JSON == nil {
		if string(c.got.Body) != c.want.Body {
			all = append(all, fmt.Sprintf("body %.200q, want %.200q", c.got.Body, c.want.Body))
		}
		return all
	}
	return append(all, c.bodyDiffers(t)...)
}

// outcome returns what differs in what happened: the status and the headers that a
// client acts on. A crash of the original must be a refusal.
func (c comparison) outcome() []string {
	if c.want.Status >= 500 {
		if c.got.Status != http.StatusBadRequest && c.got.Status != http.StatusUnauthorized {
			return []string{fmt.Sprintf("status %d for a crash of the original, want 400 or 401", c.got.Status)}
		}
		return nil
	}
	return append(c.statusDiffers(), c.headersDiffer(append([]string{"allow"}, acted...), acted)...)
}

func (c comparison) statusDiffers() []string {
	if c.got.Status == c.want.Status {
		return nil
	}
	return []string{fmt.Sprintf("status %d, want %d: %.300s", c.got.Status, c.want.Status, c.got.Body)}
}

// headersDiffer compares the names of both where they were recorded, and looks for
// the names of alone where they were not.
func (c comparison) headersDiffer(both, alone []string) (all []string) {
	for _, name := range slices.Sorted(slices.Values(both)) {
		want, recorded := c.want.Headers[name]
		got := strings.Join(c.got.Header.Values(name), ", ")
		if recorded && got != want && !slices.Contains(c.setting.ignored, name) && !(name == "retry-after" && close60(want, got)) {
			all = append(all, fmt.Sprintf("%s: %q, want %q", name, got, want))
		}
	}
	for _, name := range alone {
		if _, recorded := c.want.Headers[name]; !recorded && c.got.Header.Get(name) != "" {
			all = append(all, fmt.Sprintf("%s: %q, and there was none", name, c.got.Header.Values(name)))
		}
	}
	return all
}

// close60 is how much time a slow machine may lose between two requests.
func close60(want, got string) bool {
	w, errWant := strconv.Atoi(want)
	g, errGot := strconv.Atoi(got)
	return errWant == nil && errGot == nil && g <= w && g > w-10
}

var waiting = regexp.MustCompile(`available in \d+ seconds`)

// bodyDiffers compares JSON: values, and the order of the names of the outer object.
func (c comparison) bodyDiffers(t *testing.T) []string {
	t.Helper()
	body := c.got.Body
	if c.want.Status == http.StatusTooManyRequests { // the header was compared
		body = waiting.ReplaceAll(body, waiting.Find(c.want.JSON))
	}
	var want, got any
	if err := json.Unmarshal(c.want.JSON, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return []string{fmt.Sprintf("the body is not JSON: %.200q", body)}
	}
	all := c.alike("", want, got)
	if a, b := order(c.want.JSON), order(body); len(all) == 0 && !slices.Equal(a, b) {
		all = append(all, fmt.Sprintf("the order is %v, want %v", b, a))
	}
	if strings.Contains(c.want.Body, "\n") && strings.Count(string(body), "\n") != strings.Count(c.want.Body, "\n") {
		all = append(all, fmt.Sprintf("not spread over lines: %q", body))
	}
	return all
}

// order returns the names of the outer object as they come.
func order(raw []byte) (names []string) {
	d := json.NewDecoder(bytes.NewReader(raw))
	depth, name := 0, false
	for {
		token, err := d.Token()
		if err != nil {
			return names
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			name = depth == 1
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
			name = depth == 1
			continue
		}
		if depth == 1 {
			if text, isText := token.(string); isText && name {
				names = append(names, text)
			}
			name = !name
		}
	}
}

// alike compares two values; "<jwt:TYPE>" stands for a token.
func (c comparison) alike(at string, want, got any) (all []string) {
	if text, ok := want.(string); ok && strings.HasPrefix(text, "<jwt:") {
		token, _ := got.(string)
		return c.tokenDiffers(at, strings.Trim(text, "<>")[len("jwt:"):], token)
	}
	wanted, isObject := want.(map[string]any)
	given, isAlso := got.(map[string]any)
	if !isObject || !isAlso {
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if !bytes.Equal(a, b) {
			all = append(all, fmt.Sprintf("%s is %s, want %s", at, b, a))
		}
		return all
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		all = append(all, c.alike(at+"."+name, wanted[name], given[name])...)
	}
	for name := range given {
		if _, ok := wanted[name]; !ok {
			all = append(all, fmt.Sprintf("%s.%s was not recorded", at, name))
		}
	}
	return all
}
