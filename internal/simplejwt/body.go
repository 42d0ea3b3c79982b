package simplejwt

import (
	"errors"
	"io"
	"net/http"
)

// The bounds of a request body.
const (
	maxBody   = 64 << 10 // bytes
	maxFields = 1000     // of a form
)

// input is a parsed body.
type input struct {
	// fields are what was sent by name. Of equal names the last one is kept.
	fields map[string]value

	// whole is the body when it is no object: fields is nil then.
	whole value
}

// get returns what was sent for a name; kindMissing when nothing was.
func (in input) get(name string) value { return in.fields[name] }

// readInput returns the request's body. An empty one is an empty object,
// whatever the Content-Type says. The errors are refusals: 413, 415 and 400, in
// this order. Under the preset a body of unknown length is empty, and one that is
// too large is 400.
func (a *API) readInput(r *http.Request) (input, error) {
	var raw []byte
	var err error
	if !a.Preset || r.ContentLength >= 0 {
		raw, err = readBody(r)
	}
	if a.Preset && err == errTooLarge {
		err = errTooLargeAsBad
	}
	if err != nil {
		return input{}, err
	}
	if len(raw) == 0 {
		return input{fields: map[string]value{}}, nil
	}
	sent := r.Header.Get("Content-Type")
	m := parseMediaType(sent)
	switch {
	case m.matches("application", "json"):
		return readJSON(raw, charsetOf(m.params["charset"]))
	case m.matches("application", "x-www-form-urlencoded"):
		return readForm(raw, charsetOf(m.params["charset"]))
	case m.matches("multipart", "form-data"):
		return readMultipart(raw, sent)
	}
	return input{}, errMediaType(sent)
}

// readBody reads at most maxBody bytes; more are errTooLarge.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if r.ContentLength > maxBody {
		return nil, errTooLarge
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if _, over := errors.AsType[*http.MaxBytesError](err); over || len(raw) > maxBody {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, errUnreadable // the client went away or broke the framing
	}
	return raw, nil
}

func readJSON(raw []byte, c charset) (input, error) {
	raw = c.whole(raw)
	text, ok := c.text(raw)
	if !ok {
		return input{}, jsonRefusal(badUTF8(raw))
	}
	whole, fields, err := parseJSON([]rune(text))
	if err != nil {
		return input{}, err
	}
	return input{fields: fields, whole: whole}, nil
}
