package web

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/countersign/countersign/internal/sheet"
)

// Download is an answer of any length, a file that is written as it is read.
type Download struct {
	Name   string // of the file, without its ending
	Format sheet.Format
}

// Patience is how long a client may take for one piece of a download.
const Patience = 30 * time.Second

// Send answers with what write writes. It returns what went wrong before the first
// piece, and has answered nothing then. After it the connection is cut, so that
// nobody takes a part for the whole: the panic is http.ErrAbortHandler. The time that
// a request may take does not count: a client that is gone or takes nothing ends the
// download when the next piece is not taken.
func (d Download) Send(w http.ResponseWriter, r *http.Request, write func(context.Context, io.Writer) error) error {
	out := &pieces{w: w, begin: func() {
		h := w.Header()
		h.Set("Content-Type", d.Format.MediaType())
		h.Set("Content-Disposition", `attachment; filename="`+d.Name+"."+string(d.Format)+`"`)
	}}
	switch err := write(context.WithoutCancel(r.Context()), out); {
	case err == nil && !out.begun:
		out.start()
		return nil
	case err == nil || !out.begun:
		return err
	default:
		Note(r.Context()).SetError(err)
		panic(http.ErrAbortHandler)
	}
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
	_ = http.NewResponseController(p.w).SetWriteDeadline(time.Now().Add(Patience))
	return p.w.Write(piece)
}
