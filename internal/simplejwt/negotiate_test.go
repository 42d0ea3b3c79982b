package simplejwt

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query  string
		accept []string // nil sends no header
		indent int
		want   error
	}{
		"no header":                  {},
		"anything":                   {accept: []string{"*/*"}},
		"json":                       {accept: []string{"application/json"}},
		"json in capitals":           {accept: []string{"Application/JSON"}},
		"indent 4":                   {accept: []string{"application/json; indent=4"}, indent: 4},
		"indent 99":                  {accept: []string{"application/json; indent=99"}, indent: 8},
		"indent -1":                  {accept: []string{"application/json; indent=-1"}},
		"indent nonsense":            {accept: []string{"application/json; indent=x"}},
		"indent on any":              {accept: []string{"*/*; indent=2"}, indent: 2},
		"the most specific counts":   {accept: []string{"*/*; indent=2, application/json, application/json; indent=3"}, indent: 3},
		"two headers":                {accept: []string{"text/css", "application/json; indent=1"}, indent: 1},
		"html":                       {accept: []string{"text/html"}},
		"a browser":                  {accept: []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}},
		"q is not looked at":         {accept: []string{"application/json;q=0"}},
		"xml":                        {accept: []string{"application/xml"}, want: errNotAcceptable},
		"empty":                      {accept: []string{""}, want: errNotAcceptable},
		"nonsense":                   {accept: []string{";;=,/"}, want: errNotAcceptable},
		"format json":                {query: "?format=json"},
		"format empty":               {query: "?format="},
		"the last format counts":     {query: "?format=xml&format=json"},
		"format xml":                 {query: "?format=xml", want: errNoFormat},
		"format xml before Accept":   {query: "?format=xml", accept: []string{"application/xml"}, want: errNoFormat},
		"format json, accepted html": {query: "?format=json", accept: []string{"text/html"}, want: errNotAcceptable},
	} {
		r := httptest.NewRequest(http.MethodGet, "/api/protected/"+c.query, nil)
		if c.accept != nil {
			r.Header["Accept"] = c.accept
		}
		got, err := (&API{}).negotiate(r)
		if err != c.want || got.indent != c.indent {
			t.Errorf("%s: indent %d, error %v, want %d, %v", name, got.indent, err, c.indent, c.want)
		}
	}
}

// Case K15: a header of nothing but commas costs what one of 64 elements does.
func TestNegotiate_manyRanges(t *testing.T) {
	t.Parallel()
	commas := strings.Repeat(",", 30_000)
	if n := len(acceptable(http.Header{"Accept": {commas, commas}})); n != maxRanges {
		t.Errorf("%d ranges are looked at, want %d", n, maxRanges)
	}
	r := httptest.NewRequest(http.MethodGet, "/api/protected/", nil)
	for header, want := range map[string]error{
		"application/json" + commas: nil,
		commas + "application/json": errNotAcceptable,
	} {
		r.Header.Set("Accept", header)
		if _, err := (&API{}).negotiate(r); err != want {
			t.Errorf("%.20s…: %v, want %v", header, err, want)
		}
	}
}

// A query is read as a form: of the names that are alike the last counts, and nothing
// in it is an error.
func TestFormatOf(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"": "", "a=b": "", "format": "", "format=": "", "format=json": "json", "%66orm%61t=%6Ason": "json", "Format=xml": "",
		"format=xml&format=json": "json", "format=json&format=": "", "&&format=json": "json", "a;format=json": "",
		"format=json;a=b": "json;a=b", "format=json+": "json ", "format=%zz": "%zz", "format=%FF": "\uFFFD", "?format=json": "", "format[]=xml": "",
	} {
		if got := formatOf(query); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

func TestParseMediaType(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]mediaType{
		"Application/JSON; Charset=UTF-8":        {main: "application", sub: "json", params: map[string]string{"charset": "UTF-8"}},
		`form-data; name="a;b"; filename="\"\\"`: {main: "form-data", params: map[string]string{"name": "a;b", "filename": `"\`}},
		`a/b; x="open; y=1`:                      {main: "a", sub: "b", params: map[string]string{"x": `"open; y=1`}},
		`a/b; x; =; y=1; y=2`:                    {main: "a", sub: "b", params: map[string]string{"": "", "y": "2"}},
		``:                                       {},
	} {
		got := parseMediaType(text)
		if got.main != want.main || got.sub != want.sub || len(got.params) != len(want.params) {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
		for name, v := range want.params {
			if got.params[name] != v {
				t.Errorf("%q: %s = %q, want %q", text, name, got.params[name], v)
			}
		}
	}
}

func TestBearerToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		headers []string
		want    string
		err     error
	}{
		"none":             {},
		"empty":            {headers: []string{""}},
		"spaces":           {headers: []string{"  "}},
		"good":             {headers: []string{"Bearer a.b.c"}, want: "a.b.c"},
		"many spaces":      {headers: []string{" \t Bearer  \v\f a.b.c \t"}, want: "a.b.c"},
		"small letters":    {headers: []string{"bearer a.b.c"}},
		"another scheme":   {headers: []string{"Basic YWxpY2U6eA=="}},
		"no scheme":        {headers: []string{"a.b.c"}},
		"not ASCII":        {headers: []string{"Bearer \xe9\xe8"}, want: "\xe9\xe8"},
		"no-break space":   {headers: []string{"Bearer a\xc2\xa0b"}, want: "a\xc2\xa0b"},
		"scheme alone":     {headers: []string{"Bearer"}, err: errAuthorizationHeader},
		"three words":      {headers: []string{"Bearer a b"}, err: errAuthorizationHeader},
		"two headers":      {headers: []string{"Bearer a", "Bearer a"}, err: errAuthorizationHeader},
		"a comma directly": {headers: []string{"Bearer a,b"}, want: "a,b"},
	} {
		got, err := (&API{}).bearerToken(http.Header{"Authorization": c.headers})
		if got != c.want || err != c.err {
			t.Errorf("%s: %q, %v, want %q, %v", name, got, err, c.want, c.err)
		}
	}
}

func FuzzBearerToken(f *testing.F) {
	for _, seed := range []string{"Bearer a.b.c", "bearer x", "Bearer", "Bearer \xe9\u2003x", "Bearer a b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token, err := (&API{}).bearerToken(http.Header{"Authorization": {header}})
		if token != "" && err != nil {
			t.Errorf("%q: a token and an error", header)
		}
		for i := range len(token) {
			if isASCIISpace(rune(token[i])) {
				t.Errorf("%q: white space in %q", header, token)
			}
		}
	})
}

func FuzzParseMediaType(f *testing.F) {
	for _, seed := range []string{"application/json; charset=utf-8", `multipart/form-data; boundary="a;b"`, `;;="\`, "*/*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p := parseMediaType(text).precedence(); p < 0 || p > 3 {
			t.Errorf("%q: precedence %d", text, p)
		}
	})
}
