package httpapi

import (
	"context"
	"io"

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

// download makes the answer. What goes wrong before the first piece is answered
// with a problem.
func (s Sheet) download(ctx context.Context, name string, write func(context.Context, io.Writer) error) *download {
	return &download{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		if err := (web.Download{Name: name, Format: s.format()}).Send(w, r.WithContext(ctx), write); err != nil {
			refuse(w, r, problemOf(err))
		}
	}}
}
