package sheet

import "github.com/countersign/countersign/internal/fault"

// Format is how rows are written.
type Format string

// The formats.
const (
	JSONLines Format = "jsonl"
	CSV       Format = "csv"
)

// ErrFormat is returned for a name that is no format's.
var ErrFormat = fault.New(fault.Invalid, "format_unknown", "The format is jsonl or csv.")

// ParseFormat returns the format of that name, or ErrFormat.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case JSONLines, CSV:
		return f, nil
	}
	return "", ErrFormat
}

// MediaType returns what HTTP calls the format.
func (f Format) MediaType() string {
	if f == CSV {
		return "text/csv; charset=utf-8"
	}
	return "application/x-ndjson"
}
