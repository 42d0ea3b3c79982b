package httpapi

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/countersign/countersign/internal/event"
)

// downloaded answers with a download.
func downloaded(t *testing.T, write func(context.Context, io.Writer) error) *httptest.ResponseRecorder {
	t.Helper()
	r, answer := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	(Sheet{Format: "csv"}).download(t.Context(), "things", write).Body(humago.NewContext(&huma.Operation{}, r, answer))
	return answer
}

func TestDownload(t *testing.T) {
	t.Parallel()
	w := downloaded(t, func(_ context.Context, to io.Writer) error {
		_, err := io.WriteString(to, "a,b")
		return err
	})
	if w.Code != http.StatusOK || w.Body.String() != "a,b" || w.Header().Get("Content-Disposition") != `attachment; filename="things.csv"` {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
}

// What fails before the first piece is a problem.
func TestDownloadThatFails(t *testing.T) {
	t.Parallel()
	w := downloaded(t, func(context.Context, io.Writer) error { return event.ErrStale })
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Content-Type") != problemType || w.Header().Get("Content-Disposition") != "" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
}
