package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/web"
)

// Cases B20 and B24: one carrier, one header, one token.
func TestBearerToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		headers     []string
		raw         string
		present, ok bool
	}{
		"none":                {nil, "", false, true},
		"a token":             {[]string{"Bearer a.b.c"}, "a.b.c", true, true},
		"lower case":          {[]string{"bearer a.b.c"}, "a.b.c", true, true},
		"upper case":          {[]string{"BEARER a.b.c"}, "a.b.c", true, true},
		"several spaces":      {[]string{"Bearer   a.b.c  "}, "a.b.c", true, true},
		"another scheme":      {[]string{"Basic YTpi"}, "", false, true},
		"Token":               {[]string{"Token a.b.c"}, "", false, true},
		"JWT":                 {[]string{"JWT a.b.c"}, "", false, true},
		"DPoP":                {[]string{"DPoP a.b.c"}, "", false, true},
		"a bare token":        {[]string{"a.b.c"}, "", false, true},
		"empty":               {[]string{""}, "", false, true},
		"scheme alone":        {[]string{"Bearer"}, "", true, false},
		"scheme and spaces":   {[]string{"Bearer   "}, "", true, false},
		"tab for a space":     {[]string{"Bearer\ta.b.c"}, "", false, true},
		"two tokens":          {[]string{"Bearer a.b.c d.e.f"}, "", true, false},
		"two schemes":         {[]string{"Bearer Bearer a.b.c"}, "", true, false},
		"a list":              {[]string{"Bearer a.b.c,Bearer d.e.f"}, "", true, false},
		"a tab in it":         {[]string{"Bearer a.b\tc"}, "", true, false},
		"two headers":         {[]string{"Bearer a.b.c", "Bearer d.e.f"}, "", true, false},
		"two equal headers":   {[]string{"Bearer a.b.c", "Bearer a.b.c"}, "", true, false},
		"second one is basic": {[]string{"Bearer a.b.c", "Basic YTpi"}, "", true, false},
		"first one is empty":  {[]string{"", "Bearer a.b.c"}, "", true, false},
	} {
		r := httptest.NewRequest(http.MethodPost, "/?access_token=q.u.ery", strings.NewReader("access_token=b.o.dy"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: "access_token", Value: "c.o.okie"})
		r.Header["Authorization"] = c.headers
		raw, present, ok := web.BearerToken(r)
		if raw != c.raw || present != c.present || ok != c.ok {
			t.Errorf("%s: %q %v %v, want %q %v %v", name, raw, present, ok, c.raw, c.present, c.ok)
		}
	}
}

func FuzzBearerToken(f *testing.F) {
	for _, s := range []string{"", "Bearer", "Bearer a.b.c", "bearer  x ", "Bearer a,b", "Bearer\x00a", "Basic x", "Bearer \t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := &http.Request{Header: http.Header{"Authorization": {header}}}
		raw, present, ok := web.BearerToken(r)
		if (raw != "") != (present && ok) {
			t.Errorf("%q: %q %v %v", header, raw, present, ok)
		}
		if raw != "" && (!strings.Contains(header, raw) || strings.ContainsAny(raw, " ,\t") || !strings.EqualFold(header[:6], "bearer")) {
			t.Errorf("%q gives %q", header, raw)
		}
		if !present && !ok {
			t.Errorf("%q: no bearer token, and not right either", header)
		}
	})
}
