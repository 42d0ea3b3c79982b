package importer

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/user"
)

// ErrStrict is returned by a strict run that found problems.
var ErrStrict = fault.New(fault.Conflict, "import_refused", "The source has problems, so nothing was written.")

// How many rows are read, and written in one transaction. Fewer users would cost
// SQLite more: pages of its indexes are written once for each transaction.
const (
	userBatch = 1000
	batch     = 500 // of everything else
)

// Service imports.
type Service struct {
	Store  Store
	InTx   func(context.Context, func(Store) error) error
	Roles  *role.Service // changes the roles that an earlier run made
	Naming user.Naming
	Now    func() time.Time

	// Horizon is how long after now an access token can still be believed
	// somewhere: its lifetime, the largest leeway and a margin.
	Horizon time.Duration
}

// Options are what Run may be told. The zero value imports what it can.
type Options struct {
	// DryRun reports what would be done and writes nothing.
	DryRun bool
	// Strict looks at everything first, and writes only when there is no problem.
	Strict bool
	// AllowWeakHashes takes password strings that are quick to guess.
	AllowWeakHashes bool
	// Progress is told how far the run is, after each batch; it may be nil.
	Progress func(Progress)
}

// Progress is how far a run is.
type Progress struct {
	Checking bool // nothing is written yet
	Users    int64
	Of       int64
}

// Run imports the source. Only a superuser, or the command line, may. With an error
// the report says what was done until then; the next run goes on there. ErrStrict.
func (s *Service) Run(ctx context.Context, who access.Caller, from Source, o Options) (Report, error) {
	if err := who.RequireAuthenticated(); err != nil {
		return Report{}, err
	}
	if !who.Rights.Superuser {
		return Report{}, access.ErrForbidden
	}
	if o.Strict {
		found, err := s.pass(ctx, who, from, o, false)
		if err == nil && found.ProblemCount > found.Gone { // what is gone keeps nothing from being imported
			err = ErrStrict
		}
		if err != nil || o.DryRun {
			return found, err
		}
	}
	return s.pass(ctx, who, from, o, !o.DryRun)
}

// pass is one walk through the source.
type pass struct {
	*Service
	who    access.Caller
	from   Source
	o      Options
	write  bool
	began  time.Time
	report *Report

	// By the id of the source's row: what can be given. A group or a permission
	// that is known and has no entry was not imported.
	known       map[string]bool // "group:1", "permission:1"
	permissions map[string]access.Permission
	roles       map[string]ident.RoleID
	roleNames   map[ident.RoleID]string

	names    *keySet // that were seen, while nothing is written
	highest  int64   // the largest number that is somebody's id
	returned int64   // users of the source that an earlier run imported
}

func (s *Service) pass(ctx context.Context, who access.Caller, from Source, o Options, write bool) (Report, error) {
	report := Report{Source: from.Name(), Written: write}
	p := &pass{
		Service: s, who: who, from: from, o: o, write: write, began: s.Now(), report: &report,
		known: map[string]bool{}, permissions: map[string]access.Permission{},
		roles: map[string]ident.RoleID{}, roleNames: map[ident.RoleID]string{},
	}
	for _, stage := range []func(context.Context) error{p.allPermissions, p.allRoles, p.allUsers, p.goneUsers, p.allTokens, p.complete} {
		if err := stage(ctx); err != nil {
			return report, fmt.Errorf("import: %w", err)
		}
	}
	report.Notes, report.LastNumber = from.Notes(), p.highest
	return report, nil
}

func (p *pass) origin(k Kind) Origin { return Origin{Source: p.report.Source, Kind: k} }

// remembered returns what is remembered of rows, by their ids.
func (p *pass) remembered(ctx context.Context, k Kind, ids []string) (map[string]Imported, error) {
	rows, err := p.Store.ImportedRows(ctx, p.origin(k), ids)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Imported, len(rows))
	for _, row := range rows {
		all[row.SourceID] = row
	}
	return all, nil
}

// subject is the source as events speak of it.
func (p *pass) subject() event.Subject { return event.Import(p.report.Source) }

// complete records the run, if it changed anything.
func (p *pass) complete(ctx context.Context) error {
	if !p.write || p.report.Changed() == 0 {
		return nil
	}
	sums := map[string]any{"users_gone": p.report.Gone, "problems": p.report.ProblemCount}
	for name, t := range map[string]Tally{
		"permissions": p.report.Permissions, "roles": p.report.Roles, "users": p.report.Users, "revoked_tokens": p.report.Tokens,
	} {
		sums[name] = map[string]any{
			"read": t.Read, "created": t.Created, "updated": t.Updated, "unchanged": t.Unchanged, "skipped": t.Skipped,
		}
	}
	return p.Store.AppendEvent(ctx, event.New(p.who, p.Now(), event.ImportCompleted, p.subject()).With(sums))
}
