package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/sheet"
	"github.com/countersign/countersign/internal/web"
)

// slowly is a writer that remembers by when it must have written.
type slowly struct {
	*httptest.ResponseRecorder
	by time.Time
}

func (s *slowly) SetWriteDeadline(by time.Time) error {
	s.by = by
	return nil
}

// downloaded is a download to a client whose time is over.
func downloaded(t *testing.T, write func(context.Context, io.Writer) error) (answer *slowly, panicked any, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	answer = &slowly{ResponseRecorder: httptest.NewRecorder()}
	defer func() { panicked = recover() }()
	err = web.Download{Name: "things", Format: sheet.CSV}.Send(answer, r, write)
	return answer, nil, err
}

// A download takes as long as it takes, and each of its pieces a bounded time.
func TestDownload_outlives_its_request(t *testing.T) {
	t.Parallel()
	began := time.Now()
	w, _, err := downloaded(t, func(ctx context.Context, to io.Writer) error {
		_, err := io.WriteString(to, "a,b")
		return errors.Join(err, ctx.Err())
	})
	if err != nil || w.Code != http.StatusOK || w.Body.String() != "a,b" || w.Header().Get("Content-Disposition") != `attachment; filename="things.csv"` {
		t.Errorf("%v %d %q %v", err, w.Code, w.Body, w.Header())
	}
	if within := w.by.Sub(began); within < web.Patience || within > 2*web.Patience {
		t.Errorf("a piece may take %v", within)
	}
}

func TestDownload_of_nothing(t *testing.T) {
	t.Parallel()
	w, _, err := downloaded(t, func(context.Context, io.Writer) error { return nil })
	if err != nil || w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%v %d %q %v", err, w.Code, w.Body, w.Header())
	}
}

// What fails before the first piece is the caller's to answer; after it the answer is
// cut off.
func TestDownload_that_fails(t *testing.T) {
	t.Parallel()
	w, panicked, err := downloaded(t, func(context.Context, io.Writer) error { return errGone })
	if !errors.Is(err, errGone) || panicked != nil || w.Body.Len() != 0 || w.Header().Get("Content-Disposition") != "" {
		t.Errorf("%v %v %q %v", err, panicked, w.Body, w.Header())
	}
	_, panicked, _ = downloaded(t, func(_ context.Context, to io.Writer) error {
		_, err := io.WriteString(to, "a,b")
		return errors.Join(err, errGone)
	})
	if err, ok := panicked.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
		t.Errorf("after the first piece: %v", panicked)
	}
}
