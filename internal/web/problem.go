package web

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign/countersign/internal/fault"
)

// WriteProblem answers with a fault as problem details (RFC 9457), where no
// adapter with a dialect of its own does.
func WriteProblem(w http.ResponseWriter, r *http.Request, status int, f *fault.Error) {
	body, err := json.Marshal(struct {
		Type      string `json:"type"`
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail"`
		Code      string `json:"code"`
		RequestID string `json:"request_id"`
	}{"urn:countersign:problem:" + f.Code, http.StatusText(status), status, f.Public, f.Code, Origin(r).RequestID})
	if err != nil {
		panic(err) // strings and a number are always JSON
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(append(body, '\n')) // a client that went away hears nothing
	}
}

// The faults of requests that reach no feature.
var (
	errPanic    = fault.New(fault.Internal, "internal_error", "Something went wrong here. The request id names it in the server's log.")
	ErrNoRoute  = fault.New(fault.NotFound, "route_not_found", "There is nothing at this address.")
	ErrNotReady = fault.New(fault.Unavailable, "not_ready", "The service is not ready.").RetryIn(time.Second)
)
