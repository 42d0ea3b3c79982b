package simplejwt

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func post(contentType, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/token/", strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// texts returns the fields of an input as text; what is no string is "<kind>".
func texts(in input) map[string]string {
	got := make(map[string]string)
	for name, v := range in.fields {
		got[name] = v.text
		if v.kind != kindString {
			got[name] = "<" + strconv.Itoa(int(v.kind)) + ">"
		}
	}
	return got
}

const other = "<8>" // kindOther

func part(disposition, content string) string {
	return "--BB\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n"
}

func TestReadInput(t *testing.T) {
	t.Parallel()
	const form, parts = "application/x-www-form-urlencoded", "multipart/form-data; boundary=BB"
	type fields = map[string]string
	for name, c := range map[string]struct {
		contentType, body string
		want              fields
	}{
		"empty json":            {"application/json", "", fields{}},
		"empty, no type":        {"", "", fields{}},
		"empty, another type":   {"text/plain", "", fields{}},
		"json":                  {"application/json", `{"a":"b"}`, fields{"a": "b"}},
		"json in capitals":      {"Application/JSON", `{"a":"b"}`, fields{"a": "b"}},
		"json with charset":     {`application/json; charset="utf-8"`, `{"a":"é"}`, fields{"a": "é"}},
		"json in Latin-1":       {"application/json; charset=latin-1", "{\"a\":\"\xe9\"}", fields{"a": "é"}},
		"json in ISO-8859-1":    {"application/json; charset=ISO-8859-1", "{\"a\":\"\xe9\"}", fields{"a": "é"}},
		"json, unknown charset": {"application/json; charset=nope", `{"a":"é"}`, fields{"a": "é"}},
		"form":                  {form, "a=b+c&d=%C3%A9&e&=f&&g=1=2", fields{"a": "b c", "d": "é", "e": "", "": "f", "g": "1=2"}},
		"form, last wins":       {form, "a=1&a=2", fields{"a": "2"}},
		"form, lone percent":    {form, "a=100%&b=%zz&c=%4", fields{"a": "100%", "b": "%zz", "c": "%4"}},
		"form, semicolon":       {form, "a=1;b=2", fields{"a": "1;b=2"}},
		"form, no UTF-8":        {form, "a=%FF&b=\xff&%FF=c", fields{"a": other, "b": other}},
		"form in Latin-1":       {form + "; charset=latin1", "a=%E9&b=\xe9", fields{"a": "é", "b": "é"}},
		"multipart":             {parts, part(`name="a"`, "1") + part("name=b", "2\r\n3") + "--BB--\r\n", fields{"a": "1", "b": "2\r\n3"}},
		"multipart, quoted":     {`multipart/form-data; boundary="B B"`, "--B B\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B B--", fields{"a": "1"}},
		"multipart, last wins":  {parts, part(`name="a"`, "1") + part(`name="a"`, "2") + "--BB--", fields{"a": "2"}},
		"multipart, not closed": {parts, part(`name="a"`, "1"), fields{"a": "1\r\n"}},
		"multipart, garbage":    {parts, "garbage", fields{}},
		"multipart, no header":  {parts, "--BB\r\nx\r\n\r\n1\r\n--BB--", fields{}},
		"multipart, no name":    {parts, part("x=y", "1"), fields{}},
		"multipart, file":       {parts, part(`name="a"; filename="f"`, "1") + part(`name="a"`, "2"), fields{"a": other}},
		"multipart, no file":    {parts, part(`name="a"; filename=""`, "1") + "--BB--", fields{"a": "1"}},
		"multipart, no UTF-8":   {parts, part(`name="a"`, "\xff") + "--BB--", fields{"a": other}},
		"multipart, base64":     {parts, "--BB\r\nContent-Transfer-Encoding: BASE64\r\nContent-Disposition: form-data; name=a\r\n\r\nYmM=\r\n--BB--", fields{"a": "bc"}},
		"multipart, odd base64": {parts, "--BB\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name=a\r\n\r\n Y-m_M\n= \r\n--BB--", fields{"a": "bc"}},
		"multipart, no base64":  {parts, "--BB\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name=a\r\n\r\nYQ\r\n--BB--", fields{"a": "YQ"}},
		"multipart, 1024 bytes": {parts, part(`name="a"; x="`+strings.Repeat("x", 972)+`"`, "1") + "--BB--", fields{"a": "1"}},
		"multipart, 1025 bytes": {parts, part(`name="a"; x="`+strings.Repeat("x", 973)+`"`, "1") + part(`name="b"`, "2") + "--BB--", fields{"b": "2"}},
		"multipart, 100 files":  {parts, strings.Repeat(part(`name="a"; filename="f"`, "1"), 100) + "--BB--", fields{"a": other}},
	} {
		in, err := (&API{}).readInput(post(c.contentType, c.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, texts(in)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestReadInputRefuses(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	big := strings.Repeat("x", maxBody+1)
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		detail            string
	}{
		"text":               {"text/plain", "x", 415, `Unsupported media type "text/plain" in request.`},
		"no type":            {"", "x", 415, `Unsupported media type "" in request.`},
		"as it was sent":     {`text/plain;charset="utf-8"`, "x", 415, `Unsupported media type "text/plain;charset="utf-8"" in request.`},
		"not ASCII":          {"t\xe9xt", "x", 415, `Unsupported media type "téxt" in request.`},
		"json api":           {"application/vnd.api+json", "{}", 415, `Unsupported media type "application/vnd.api+json" in request.`},
		"big json":           {"application/json", big, 413, "Request body is too large."},
		"big form":           {form, big, 413, "Request body is too large."},
		"big parts":          {"multipart/form-data; boundary=BB", big, 413, "Request body is too large."},
		"big text":           {"text/plain", big, 413, "Request body is too large."},
		"1001 fields":        {form, "username=alice" + strings.Repeat("&a=b", 1000), 400, "The form has too many fields."},
		"1001 parts":         {"multipart/form-data; boundary=BB", strings.Repeat("--BB\r\n", 1002), 400, "The form has too many fields."},
		"no boundary":        {"multipart/form-data", "x", 400, "Multipart form parse error - Invalid boundary in multipart: None"},
		"no text":            {"multipart/form-data; boundary=", "x", 400, "Multipart form parse error - Invalid boundary in multipart: "},
		"only quotes":        {`multipart/form-data; boundary=""`, "x", 400, "Multipart form parse error - Invalid boundary in multipart: "},
		"boundary not ASCII": {"multipart/form-data; boundary=\xe9", "x", 400, "Multipart form parse error - Invalid non-ASCII Content-Type in multipart: multipart/form-data; boundary=é"},
		"boundary of blanks": {`multipart/form-data; boundary="a "`, "x", 400, "Multipart form parse error - Invalid boundary in multipart: a "},
		"upper case":         {"Multipart/Form-Data; boundary=BB", "x", 400, "Multipart form parse error - Invalid Content-Type: Multipart/Form-Data; boundary=BB"},
		"101 files": {"multipart/form-data; boundary=BB", strings.Repeat(part(`name="a"; filename="f"`, "1"), 101) + "--BB--", 400,
			"The form has too many fields."},
		"malformed": {"application/json", "{", 400, "JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
	} {
		_, err := (&API{}).readInput(post(c.contentType, c.body))
		if got := detailOf(t, err); got != c.detail || refusalOf(err).status != c.status {
			t.Errorf("%s: %d %q, want %d %q", name, refusalOf(err).status, got, c.status, c.detail)
		}
	}
}

// A body without a Content-Length is bounded too, and so is one that a middleware
// bounds at the same size.
func TestReadInputBoundsWhatItReads(t *testing.T) {
	t.Parallel()
	r := post("application/json", strings.Repeat(" ", maxBody+1))
	r.ContentLength = -1
	if _, err := (&API{}).readInput(r); err != errTooLarge {
		t.Errorf("chunked: %v", err)
	}
	r = post("application/json", strings.Repeat(" ", maxBody+1))
	r.ContentLength = -1
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, maxBody)
	if _, err := (&API{}).readInput(r); err != errTooLarge {
		t.Errorf("bounded before: %v", err)
	}
	r = post("application/json", `{"a":"`+strings.Repeat("x", maxBody-8)+`"}`)
	if _, err := (&API{}).readInput(r); err != nil {
		t.Errorf("exactly the bound: %v", err)
	}
}

// What mime/multipart reads as one text field, this parser does too.
func FuzzReadMultipart(f *testing.F) {
	f.Add("BB", []byte(part(`name="a"`, "1")+"--BB--\r\n"))
	f.Add("BB", []byte("--BB\r\n\r\n\r\n--BB"))
	f.Add("B;B", []byte("--B;B--"))
	f.Add("", []byte("x"))
	f.Fuzz(func(t *testing.T, boundary string, raw []byte) {
		in, err := readMultipart(raw, `multipart/form-data; boundary="`+boundary+`"`)
		if (err == nil) != (in.fields != nil) {
			t.Fatalf("fields %v with error %v", in.fields, err)
		}
		for name, v := range in.fields {
			if !utf8.ValidString(name) || !utf8.ValidString(v.text) {
				t.Errorf("%q = %q is no UTF-8", name, v.text)
			}
		}
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		if err := w.WriteField("field", string(raw)); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		in, err = readMultipart(body.Bytes(), w.FormDataContentType())
		if v := in.get("field"); err != nil || utf8.Valid(raw) && v.text != string(raw) || !utf8.Valid(raw) && v.kind != kindOther {
			t.Errorf("%q came back as %+v, %v", raw, v, err)
		}
	})
}

func FuzzReadForm(f *testing.F) {
	for _, seed := range []string{"a=b&c=%C3%A9", "a=%FF", "%", "&&=&", "a+b=c+d"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, c := range []charset{charsetUTF8, charsetLatin1} {
			in, err := readForm(raw, c)
			if err != nil && err != errTooManyFields {
				t.Errorf("%q: %v", raw, err)
			}
			for name, v := range in.fields {
				if !utf8.ValidString(name) || !utf8.ValidString(v.text) {
					t.Errorf("%q = %q is no UTF-8", name, v.text)
				}
			}
		}
	})
}
