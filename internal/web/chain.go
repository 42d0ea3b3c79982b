package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Options are the settings of the chain.
type Options struct {
	Log *slog.Logger

	// TrustedProxies may say for whom they ask.
	TrustedProxies []netip.Prefix

	// AllowedHosts are the hosts that requests may name, as HostAllowed compares
	// them; none is any.
	AllowedHosts []string

	// CORSOrigins are the origins whose pages may read answers, exactly.
	CORSOrigins []string

	// TokenHeader is the header in which such a page may send a token, besides
	// Authorization; "" is none.
	TokenHeader string

	// Timeout ends the context of a request.
	Timeout time.Duration

	// MaxBody is the largest body that is read, in bytes.
	MaxBody int64

	// TLS says that browsers reach this server by HTTPS alone.
	TLS bool
}

// Chain puts the routes behind what every request goes through.
func Chain(routes http.Handler, o Options) http.Handler {
	var h http.Handler = limits(routes, o)
	if len(o.CORSOrigins) > 0 {
		h = crossOrigin(h, o)
	}
	if len(o.AllowedHosts) > 0 {
		h = ofHosts(h, o.AllowedHosts)
	}
	return logged(headers(recovered(h), o.TLS), o)
}

func logged(next http.Handler, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		record := &Record{origin: origin(r, o.TrustedProxies)}
		r = r.WithContext(context.WithValue(r.Context(), recordKey{}, record))
		w.Header().Set("X-Request-Id", record.origin.RequestID)
		out := &response{ResponseWriter: w}
		defer func() { record.write(o.Log, r, out.status, time.Since(began)) }()
		next.ServeHTTP(out, r)
		if out.status == 0 {
			out.status = http.StatusOK
		}
	})
}

// recovered answers a panic with 500 and goes on. An answer that has begun cannot
// be taken back: its connection is cut, so that nobody takes a part for the whole.
func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			Note(r.Context()).SetError(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			if out, ok := w.(*response); ok && out.status != 0 {
				panic(http.ErrAbortHandler)
			}
			for _, name := range []string{"Content-Length", "Content-Encoding", "ETag", "Last-Modified"} {
				w.Header().Del(name) // of the answer that will not come
			}
			w.Header().Set("Cache-Control", "no-store")
			WriteProblem(w, r, http.StatusInternalServerError, errPanic)
		}()
		next.ServeHTTP(w, r)
	})
}

// headers sets what is right for an answer that is data. Pages set their own
// Content-Security-Policy.
func headers(next http.Handler, tls bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		if tls {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// What a page of a listed origin may do.
const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, Accept, If-Match, If-None-Match"
	corsExposed = "WWW-Authenticate, Retry-After, X-Request-Id, ETag, Allow"
	corsMaxAge  = "600"
)

// crossOrigin answers the Fetch standard's CORS protocol for listed origins.
func crossOrigin(next http.Handler, o Options) http.Handler {
	allowed := corsHeaders
	if o.TokenHeader != "" && !strings.EqualFold(o.TokenHeader, "Authorization") {
		allowed += ", " + o.TokenHeader
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		from := r.Header.Get("Origin")
		if from == "" || !slices.Contains(o.CORSOrigins, from) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", from)
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			w.Header().Set("Access-Control-Expose-Headers", corsExposed)
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
		w.Header().Set("Access-Control-Allow-Methods", corsMethods)
		w.Header().Set("Access-Control-Allow-Headers", allowed)
		w.Header().Set("Access-Control-Max-Age", corsMaxAge)
		w.WriteHeader(http.StatusNoContent)
	})
}

// limits bounds how long a request runs and how much of a body is read.
func limits(next http.Handler, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), o.Timeout)
		defer cancel()
		inner := r.WithContext(ctx)
		inner.Body = http.MaxBytesReader(w, r.Body, o.MaxBody)
		// The routes set the pattern on the copy; the log line reads it here.
		defer func() { r.Pattern = inner.Pattern }()
		next.ServeHTTP(w, inner)
	})
}

// BearerToken returns the token of an Authorization header (RFC 6750, section
// 2.1): the scheme in any case, one space or more, one token. Present is false
// without the header, or with another scheme; ok is false for a Bearer header, or
// several headers, that hold no one token.
func BearerToken(r *http.Request) (raw string, present, ok bool) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", false, true
	}
	if len(values) > 1 {
		return "", true, false
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false, true
	}
	raw = strings.Trim(rest, " ")
	if raw == "" || strings.ContainsAny(raw, " ,\t") {
		return "", true, false
	}
	return raw, true, true
}
