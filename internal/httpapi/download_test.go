package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/countersign/countersign/internal/event"
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

// downloaded answers with a download to a client whose time is over.
func downloaded(t *testing.T, write func(context.Context, io.Writer) error) (answer *slowly, panicked any) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	answer = &slowly{ResponseRecorder: httptest.NewRecorder()}
	defer func() { panicked = recover() }()
	(Sheet{Format: "csv"}).download(ctx, "things", write).Body(humago.NewContext(&huma.Operation{}, r, answer))
	return answer, nil
}

// A download takes as long as it takes, and each of its pieces a bounded time.
func TestDownloadOutlivesItsRequest(t *testing.T) {
	t.Parallel()
	began := time.Now()
	w, _ := downloaded(t, func(ctx context.Context, to io.Writer) error {
		_, err := io.WriteString(to, "a,b")
		return errors.Join(err, ctx.Err())
	})
	if w.Code != http.StatusOK || w.Body.String() != "a,b" || w.Header().Get("Content-Disposition") != `attachment; filename="things.csv"` {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	if within := w.by.Sub(began); within < patience || within > 2*patience {
		t.Errorf("a piece may take %v", within)
	}
}

func TestDownloadOfNothing(t *testing.T) {
	t.Parallel()
	w, _ := downloaded(t, func(context.Context, io.Writer) error { return nil })
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
}

// What fails before the first piece is a problem; after it the answer is cut off.
func TestDownloadThatFails(t *testing.T) {
	t.Parallel()
	w, _ := downloaded(t, func(context.Context, io.Writer) error { return event.ErrStale })
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Content-Type") != problemType || w.Header().Get("Content-Disposition") != "" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	_, panicked := downloaded(t, func(_ context.Context, to io.Writer) error {
		_, err := io.WriteString(to, "a,b")
		return errors.Join(err, event.ErrStale)
	})
	if err, ok := panicked.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
		t.Errorf("after the first piece: %v", panicked)
	}
}
