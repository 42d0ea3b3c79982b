package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
)

// Record is what the log line of one request will say.
type Record struct {
	origin access.Origin

	mu   sync.Mutex
	user ident.UserID
	err  error
}

type recordKey struct{}

// Note returns the record of the request that a context belongs to. Outside a
// request it is one that nobody writes.
func Note(ctx context.Context) *Record {
	if r, ok := ctx.Value(recordKey{}).(*Record); ok {
		return r
	}
	return new(Record)
}

// SetUser remembers who asks.
func (r *Record) SetUser(id ident.UserID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.user = id
}

// SetError remembers why the request failed. The line has the fault's code, and
// its cause when the failure is ours.
func (r *Record) SetError(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

// Origin returns where a request comes from.
func Origin(r *http.Request) access.Origin { return Note(r.Context()).origin }

// write writes the one line. A status of 0 is an answer that was cut off before it
// began.
func (r *Record) write(log *slog.Logger, req *http.Request, status int, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ctx := req.Context()
	route := req.Pattern
	if route == "" {
		route = "none"
	}
	attrs := []slog.Attr{
		slog.String("route", route), slog.String("method", method(req.Method)), slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("request_id", r.origin.RequestID), slog.String("ip", r.origin.IP),
	}
	if r.user != "" {
		attrs = append(attrs, slog.String("user", string(r.user)))
	}
	level := slog.LevelInfo
	if f := fault.Of(r.err); f != nil {
		attrs = append(attrs, slog.String("code", f.Code))
	}
	if r.err != nil {
		switch kind := fault.KindOf(r.err); {
		case ctx.Err() != nil && errors.Is(r.err, context.Canceled):
			attrs = append(attrs, slog.String("why", "the client went away"))
		case kind == fault.Internal, kind == fault.Unavailable:
			level = slog.LevelError
			attrs = append(attrs, slog.String("err", r.err.Error()))
		case kind == fault.Unauthenticated:
			attrs = append(attrs, slog.String("why", r.err.Error()))
		}
	}
	log.LogAttrs(ctx, level, "request", attrs...)
}

// method returns a method of RFC 9110 as it is and "other" for what a client made
// up, so that nobody writes into the log.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return m
	}
	return "other"
}

// response remembers the status of an answer.
type response struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *response) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the server's writer.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
