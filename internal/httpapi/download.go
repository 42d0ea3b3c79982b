package httpapi

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/countersign/countersign/internal/sheet"
	"github.com/countersign/countersign/internal/web"
)

// Sheet asks for a file. It is exported because it is embedded.
type Sheet struct {
	Format string `query:"format" enum:"jsonl,csv" default:"jsonl" doc:"A line of JSON for each, or CSV for a spreadsheet."`
}

func (s Sheet) format() sheet.Format { return sheet.Format(s.Format) }

// aboutSheets is what is to know of both formats.
const aboutSheets = "In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe. " +
	"The file has no length beforehand: one that was cut off ends without the last chunk (RFC 9112 section 8)."

// sheetTypes are the media types of a file, as the document has them.
func sheetTypes() []string { return []string{sheet.JSONLines.MediaType(), sheet.CSV.MediaType()} }

// download is an answer that is written as it is read, of any length.
type download struct {
	Body func(huma.Context)
}

// patience is how long a client may take for one piece of a download.
const patience = 30 * time.Second

// download makes the answer. What goes wrong before the first piece is answered
// with a problem; after it the connection is cut, so that nobody takes a part for
// the whole. The time that a request may take does not count: a client that is gone
// or takes nothing ends the download when the next piece is not taken.
func (s Sheet) download(ctx context.Context, name string, write func(context.Context, io.Writer) error) *download {
	return &download{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		out := &pieces{w: w, begin: func() {
			h := w.Header()
			h.Set("Content-Type", s.format().MediaType())
			h.Set("Content-Disposition", `attachment; filename="`+name+"."+s.Format+`"`)
		}}
		err := write(context.WithoutCancel(ctx), out)
		switch {
		case err == nil && !out.begun:
			out.start()
		case err != nil && !out.begun:
			refuse(w, r, problemOf(err))
		case err != nil:
			web.Note(r.Context()).SetError(err)
			panic(http.ErrAbortHandler)
		}
	}}
}

// pieces writes an answer that begins with its first piece.
type pieces struct {
	w     http.ResponseWriter
	begin func()
	begun bool
}

func (p *pieces) start() {
	p.begun = true
	p.begin()
	p.w.WriteHeader(http.StatusOK)
}

// Write implements io.Writer.
func (p *pieces) Write(piece []byte) (int, error) {
	if !p.begun {
		p.start()
	}
	// A writer without deadlines is a test's.
	_ = http.NewResponseController(p.w).SetWriteDeadline(time.Now().Add(patience))
	return p.w.Write(piece)
}
