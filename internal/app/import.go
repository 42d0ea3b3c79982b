package app

import (
	"context"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/djangodb"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/store"
)

// DjangoProject says where the database of a Django project is, and how it differs
// from one that startproject makes: see djangodb.Options.
type DjangoProject struct {
	URL       string
	UserTable string
	Columns   map[string]string
}

// ImportDjango imports the users of a Django project: see importer.Service.Run.
// The project's database is only read.
func (a *App) ImportDjango(ctx context.Context, who access.Caller, p DjangoProject, o importer.Options) (importer.Report, error) {
	from, err := djangodb.Open(ctx, p.URL, djangodb.Options{UserTable: p.UserTable, Columns: p.Columns})
	if err != nil {
		return importer.Report{}, err
	}
	defer from.Close()
	service := &importer.Service{
		Store: a.db, InTx: store.TxFunc[importer.Store](a.db), Roles: a.Roles,
		Naming: a.Accounts.Naming, Now: a.clock.now, Horizon: a.Accounts.Horizon,
	}
	r, err := service.Run(ctx, who, from, o)
	if r.LastNumber > 0 && !a.cfg.IntegerIDs() {
		r.Notes = append(r.Notes, "The users' ids are numbers, and new users get UUIDs here: with the setting ids = integer they get the next numbers.")
	}
	return r, err
}
