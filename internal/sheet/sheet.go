package sheet

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
)

// Row is one thing that is written. As JSON it is what encoding/json makes of it.
type Row interface {
	// Cells returns its text for CSV, one for each column.
	Cells() []string
}

// Writer writes rows. The first error stays and is returned by Flush.
type Writer struct {
	out     *bufio.Writer
	encoder *json.Encoder // nil for CSV
}

// bufferSize is how many bytes are gathered before they are written.
const bufferSize = 32 << 10

// NewWriter makes a Writer. CSV begins with the names of the columns, also when no
// row follows.
func NewWriter(to io.Writer, f Format, columns ...string) *Writer {
	w := &Writer{out: bufio.NewWriterSize(to, bufferSize)}
	if f == CSV {
		w.record(columns)
		return w
	}
	w.encoder = json.NewEncoder(w.out)
	w.encoder.SetEscapeHTML(false)
	return w
}

// Write writes one row, to the buffer at first.
func (w *Writer) Write(r Row) error {
	if w.encoder != nil {
		return w.encoder.Encode(r)
	}
	return w.record(r.Cells())
}

// Flush writes what is gathered.
func (w *Writer) Flush() error { return w.out.Flush() }

// record writes the cells of one record. The buffer remembers an error.
func (w *Writer) record(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			_ = w.out.WriteByte(',')
		}
		_ = w.out.WriteByte('"')
		_, _ = w.out.WriteString(strings.ReplaceAll(Inert(cell), `"`, `""`))
		_ = w.out.WriteByte('"')
	}
	_, err := w.out.WriteString("\r\n")
	return err
}

// Inert returns a cell as a spreadsheet shows it and does not compute it.
func Inert(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + cell
	}
	return cell
}
