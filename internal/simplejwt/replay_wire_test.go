package simplejwt_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/apptest"
)

// fill puts the values in the place of {{name}}.
func (st *stage) fill(text string) string {
	for name, value := range st.values {
		text = strings.ReplaceAll(text, "{{"+name+"}}", value)
	}
	return text
}

// send writes a recorded request to a connection of its own, byte by byte as the
// recording client did, and reads the answer.
func (st *stage) send(t *testing.T, r recordedRequest) apptest.Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(st.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	text := st.text(r)
	go func() { _, _ = io.WriteString(conn, text) }() // an answer may come before the end of it
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.Method})
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.Path, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatalf("%s %s: read the answer: %v", r.Method, r.Path, err)
	}
	return apptest.Response{Status: answer.StatusCode, Header: answer.Header, Body: body}
}

// text is the request as it goes over the wire.
func (st *stage) text(r recordedRequest) string {
	body, sent := r.bytes()
	body = st.fill(body)
	fields := map[string]string{"Host": strings.TrimPrefix(st.URL, "http://"), "Accept": "*/*"}
	if sent {
		fields["Content-Type"] = "application/x-www-form-urlencoded"
		fields["Content-Length"] = fmt.Sprint(len(body))
	}
	var given strings.Builder
	chunked := false
	for _, h := range r.Headers {
		delete(fields, http.CanonicalHeaderKey(*h[0]))
		if h[1] == nil {
			continue
		}
		chunked = chunked || strings.EqualFold(*h[0], "Transfer-Encoding")
		fmt.Fprintf(&given, "%s: %s\r\n", *h[0], st.fill(*h[1]))
	}
	if chunked {
		delete(fields, "Content-Length")
		body = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s HTTP/1.1\r\n", r.Method, st.fill(r.Path))
	for _, name := range []string{"Host", "Accept", "Content-Type", "Content-Length"} {
		if value, ok := fields[name]; ok {
			fmt.Fprintf(&out, "%s: %s\r\n", name, value)
		}
	}
	return out.String() + given.String() + "Connection: close\r\n\r\n" + body
}

// bytes returns the body, and whether there is one.
func (r recordedRequest) bytes() (string, bool) {
	switch {
	case r.Gen != nil:
		return r.Gen.Prefix + strings.Repeat(r.Gen.Repeat, r.Gen.Times) + r.Gen.Suffix, true
	case r.Latin1 != nil:
		var raw []byte
		for _, c := range *r.Latin1 {
			raw = append(raw, byte(c))
		}
		return string(raw), true
	case r.Body != nil:
		return *r.Body, true
	}
	return "", false
}
