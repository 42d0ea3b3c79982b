package userfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

// batchRows is how many rows are read, and written in one transaction or to a file.
const batchRows = 200

// Service imports and exports.
type Service struct {
	Store  Store
	InTx   func(context.Context, func(Store) error) error
	Roles  *role.Service
	Hasher *password.Hasher
	Policy password.Policy // of initial passwords
	Naming user.Naming
	Now    func() time.Time // milliseconds

	// IntegerIDs takes decimal numbers alone for ids, and gives the next one to who
	// has none.
	IntegerIDs bool
}

// Options are what Import may be told. The zero value imports what it can.
type Options struct {
	DryRun          bool // says what would be done and writes nothing
	CreateRoles     bool // makes roles that do not exist, without permissions
	AllowWeakHashes bool // takes hashes that are quick to guess

	// Told is told of every row that was not imported, Progress of how many rows
	// were done after each batch. Both may be nil.
	Told     func(Finding)
	Progress func(rows int)
}

// Finding is a row that was not imported.
type Finding struct {
	Line     int
	Username string // as the file has it; may be empty
	Conflict bool   // with an account that exists; else the row is bad
	Reason   string
}

// Report has the sums of an import.
type Report struct {
	Created   int
	Unchanged int // accounts that exist as the file says
	Conflicts int // accounts that exist and are not as the file says
	Bad       int

	RolesCreated []string
}

// mayMove refuses everybody who may not do everything: a file gives flags and
// permissions, and has password hashes.
func mayMove(who access.Caller) error {
	if err := who.RequireAuthenticated(); err != nil {
		return err
	}
	if !who.Rights.Superuser {
		return access.ErrForbidden
	}
	return nil
}

// Import makes accounts of the rows of a file. Only a superuser may. What the rows
// have wrong is in the report; an error is one of the file or the database, with the
// report of what was done until then. What was written stays, and running again goes
// on there.
func (s *Service) Import(ctx context.Context, who access.Caller, from Reader, o Options) (Report, error) {
	if err := mayMove(who); err != nil {
		return Report{}, err
	}
	r := newRun(s, who, o)
	defer r.flush()
	for {
		rows, last, err := r.fill(from)
		if err != nil {
			return r.report, fmt.Errorf("read the users: %w", err)
		}
		if err := r.batch(ctx, rows); err != nil {
			return r.report, fmt.Errorf("import users: %w", err)
		}
		r.flush()
		if last {
			return r.report, nil
		}
		if err := context.Cause(ctx); err != nil {
			return r.report, err
		}
	}
}

// fill reads rows for one batch and makes accounts of them. last is true at the end
// of the file.
func (r *run) fill(from Reader) (batch []candidate, last bool, err error) {
	for range batchRows {
		row, err := from.Read()
		if bad, ok := errors.AsType[*RowError](err); ok {
			r.refuse(Row{Line: bad.Line}, bad.Reason)
			continue
		}
		if errors.Is(err, io.EOF) {
			return batch, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		c, why := r.candidate(row)
		if why != "" {
			r.refuse(row, why)
			continue
		}
		batch = append(batch, c)
	}
	return batch, false, nil
}

// refuse reports a bad row.
func (r *run) refuse(row Row, why string) {
	r.report.Bad++
	r.tell(Finding{Line: row.Line, Username: row.Username, Reason: why})
}

// conflict reports a row that an account contradicts.
func (r *run) conflict(row Row, why string) {
	r.report.Conflicts++
	r.tell(Finding{Line: row.Line, Username: row.Username, Conflict: true, Reason: why})
}

func (r *run) tell(f Finding) { r.findings = append(r.findings, f) }

// flush tells of a batch's findings in the order of the lines.
func (r *run) flush() {
	slices.SortStableFunc(r.findings, func(a, b Finding) int { return a.Line - b.Line })
	for _, f := range r.findings {
		if r.o.Told != nil {
			r.o.Told(f)
		}
	}
	r.findings = r.findings[:0]
}
