package simplejwt_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
)

// recording is testdata/cases.json: requests and answers of the original, recorded
// on the wire.
type recording struct {
	Meta struct {
		SecretKey      string   `json:"secret_key"`
		IgnoredHeaders []string `json:"ignored_headers"`
		Variants       map[string]struct {
			Env map[string]string `json:"env"`
		} `json:"variants"`
	} `json:"meta"`
	Cases []recordedCase `json:"cases"`
}

// recordedCase is one request, what was there before it, and what was answered.
type recordedCase struct {
	Group, Name, Variant, Note string

	Setup    []operation     `json:"setup"`
	Request  recordedRequest `json:"request"`
	Response json.RawMessage `json:"response"`
	Newest   json.RawMessage `json:"response_newest"`
	Main     json.RawMessage `json:"response_main"`

	before *recordedCase // runs first on the same service
}

// recordedRequest is a request as it was sent.
type recordedRequest struct {
	Method, Path string
	Headers      [][2]*string // a null value: not sent, although the client would
	Body         *string
	Latin1       *string `json:"body_latin1"`
	Gen          *struct {
		Prefix, Repeat, Suffix string
		Times                  int
	} `json:"body_gen"`
}

// recordedResponse is an answer of the original.
type recordedResponse struct {
	Status  int
	Headers map[string]string
	Body    string
	JSON    json.RawMessage `json:"json"`
	Tokens  map[string]struct {
		Header, Claims map[string]any
	}
}

func readRecording(t *testing.T) recording {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all recording
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for i := range all.Cases {
		if strings.Contains(all.Cases[i].Note, "right after the case above") {
			all.Cases[i].before = &all.Cases[i-1]
		}
	}
	return all
}

// target is the answer that a case is held against: the newest release's, and where
// that crashed and its successor does not, the successor's.
func (c recordedCase) target(t *testing.T) recordedResponse {
	t.Helper()
	read := func(raw json.RawMessage) (r recordedResponse) {
		if err := json.Unmarshal(raw, &r); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		return r
	}
	if string(c.Newest) != `"same"` {
		newest := read(c.Newest)
		if newest.Status == 500 && c.Main != nil {
			return read(c.Main)
		}
		return newest
	}
	r := read(c.Response)
	r.Headers["cross-origin-opener-policy"] = "same-origin"
	if r.Headers["content-type"] == "text/html" {
		r.Headers["content-type"] = "text/html; charset=utf-8"
	}
	return r
}

// Every recorded case is asked of the whole service and answered as its line in the
// table of verdicts says: no worse, and no better, so that the table stays true.
func TestReplay(t *testing.T) {
	all, table := readRecording(t), readVerdicts(t)
	setting := newVariants(t, all)
	t.Run("cases", func(t *testing.T) {
		for _, c := range all.Cases {
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				s := apptest.Start(t, apptest.Options{Config: setting.of(t, c.Variant)})
				got := replay(t, s, setting, c)
				if t.Failed() {
					return
				}
				line, ok := table[c.Name]
				if !ok {
					t.Fatal("there is no verdict")
				}
				line.hold(t, comparison{want: c.target(t), got: got, of: c, now: s.Now(), setting: setting})
			})
		}
	})
	names := map[string]bool{}
	for _, c := range all.Cases {
		names[c.Name] = true
	}
	for name := range table {
		if !names[name] {
			t.Errorf("%s has a verdict and is no case", name)
		}
	}
	table.bounds(t)
	t.Log(table.totals())
}

// replay prepares what a case needs and asks.
func replay(t *testing.T, s *apptest.Service, v *variants, c recordedCase) apptest.Response {
	t.Helper()
	st := &stage{Service: s, secret: v.secret, public: v.publicPEM[c.Variant], values: map[string]string{}}
	if c.before != nil {
		replay(t, s, v, *c.before)
	}
	for _, op := range c.Setup {
		st.perform(t, op)
		if t.Failed() {
			t.Logf("while preparing: %s", op)
			return apptest.Response{}
		}
	}
	return st.send(t, c.Request)
}

// The recording has what this test stands on.
func TestRecording(t *testing.T) {
	t.Parallel()
	all := readRecording(t)
	if len(all.Cases) < 300 || len(all.Meta.SecretKey) < 32 || !slices.Contains(all.Meta.IgnoredHeaders, "date") {
		t.Errorf("%d cases, a secret of %d bytes, ignored headers %v", len(all.Cases), len(all.Meta.SecretKey), all.Meta.IgnoredHeaders)
	}
}
