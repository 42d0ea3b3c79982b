package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
)

// allUsers imports the users, a batch at a time.
func (p *pass) allUsers(ctx context.Context) error {
	of, err := p.from.UserCount(ctx)
	if err != nil {
		return err
	}
	if p.highest, err = p.from.LastNumber(ctx); err != nil {
		return err
	}
	if !p.write {
		p.names = newKeySet(of)
	}
	if p.highest > maxNumber {
		p.highest = 0 // of the others, each is looked at
	}
	for rows, err := range ahead(p.from.Users(ctx, userBatch)) {
		if err != nil {
			return err
		}
		if err := p.users(ctx, rows); err != nil {
			return err
		}
		p.report.Users.Read += int64(len(rows))
		if p.o.Progress != nil {
			p.o.Progress(Progress{Checking: !p.write, Users: p.report.Users.Read, Of: of})
		}
	}
	if p.write && p.report.Users.Read > 0 {
		return p.Store.RaiseUserNumber(ctx, p.highest)
	}
	return nil
}

// users imports one batch.
func (p *pass) users(ctx context.Context, rows []User) error {
	remembered, err := p.remembered(ctx, KindUser, idsOf(rows, func(u User) string { return u.ID }))
	if err != nil {
		return err
	}
	p.returned += int64(len(remembered))
	var fresh []*candidate
	for _, row := range rows {
		c, good := p.candidate(row)
		if !good {
			continue
		}
		was, returned := remembered[row.ID]
		switch {
		case !returned:
			fresh = append(fresh, c)
		case bytes.Equal(was.Fields, encodeFields(c.fields)):
			p.report.Users.Unchanged++
		default:
			if err := p.change(ctx, c, was); err != nil {
				return fmt.Errorf("%s %s: %w", row.Table, row.ID, err)
			}
		}
	}
	return p.create(ctx, fresh)
}

// create makes accounts of those whose id and name are free. Mostly all are, so
// the first try looks for nobody and leaves it to the unique keys; whoever takes a
// name at the same moment is found by the next try.
func (p *pass) create(ctx context.Context, fresh []*candidate) error {
	if len(fresh) == 0 {
		return nil
	}
	for try := 1; ; try++ {
		free, problems, err := fresh, []Problem(nil), error(nil)
		if try > 1 || !p.write {
			free, problems, err = p.free(ctx, fresh)
		}
		if err == nil && p.write && len(free) > 0 {
			err = p.InTx(ctx, func(tx Store) error { return p.insert(ctx, tx, free) })
		}
		if errors.Is(err, user.ErrUsernameTaken) && try < tries {
			continue
		}
		if err != nil {
			return err
		}
		p.report.Users.Created += int64(len(free))
		p.report.Users.Skipped += int64(len(problems))
		for _, problem := range problems {
			p.report.add(problem)
		}
		return nil
	}
}

// free returns the candidates whose id, name and key nobody has.
func (p *pass) free(ctx context.Context, fresh []*candidate) ([]*candidate, []Problem, error) {
	wanted := make([]user.User, len(fresh))
	for i, c := range fresh {
		wanted[i] = c.user
	}
	taken, err := p.Store.TakenBy(ctx, wanted)
	if err != nil {
		return nil, nil, err
	}
	ids := make(map[ident.UserID]user.User, len(taken))
	keys := make(map[string]user.User, len(taken)+len(fresh))
	for _, u := range taken {
		ids[u.ID] = u
		keys[u.UsernameKey] = u
	}
	byName := make(map[string]user.User, len(taken))
	for _, u := range taken {
		byName[u.Username] = u
	}
	var free []*candidate
	var problems []Problem
	for _, c := range fresh {
		why := ""
		owner, known := keys[c.user.UsernameKey]
		if !known {
			owner, known = byName[c.user.Username]
		}
		switch other, is := ids[c.user.ID]; {
		case is:
			why = fmt.Sprintf("the id is that of the account %q, which this import did not make", other.Username)
		case known && owner.Username == c.user.Username:
			why = fmt.Sprintf("the username %q is that of the account with the id %s", owner.Username, owner.ID)
		case known:
			why = fmt.Sprintf("the username %q differs from %q, the account with the id %s, by case or normalisation alone", c.user.Username, owner.Username, owner.ID)
		case p.seen(c.user.UsernameKey):
			why = fmt.Sprintf("the username %q is that of a row before, or differs from it by case or normalisation alone", c.user.Username)
		default:
			keys[c.user.UsernameKey] = c.user
			free = append(free, c)
			continue
		}
		problems = append(problems, Problem{Kind: Conflict, Table: c.row.Table, ID: c.row.ID, Reason: why})
	}
	return free, problems, nil
}

// seen reports whether a key was met before in a pass that writes nothing: in one
// that writes, the account is there.
func (p *pass) seen(key string) bool { return !p.write && !p.names.add(key) }

// insert writes new accounts with what they hold and what is remembered of them.
func (p *pass) insert(ctx context.Context, tx Store, all []*candidate) error {
	users := make([]user.User, len(all))
	rows := make([]Imported, len(all))
	var assignments []Assignment
	var grants []Grant
	superuser := false
	for i, c := range all {
		users[i] = c.user
		rows[i] = Imported{SourceID: c.row.ID, TargetID: string(c.user.ID), Fields: encodeFields(c.fields)}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(c.roles))) {
			assignments = append(assignments, Assignment{c.user.ID, id})
		}
		for _, name := range c.permissions {
			grants = append(grants, Grant{c.user.ID, name})
		}
		superuser = superuser || c.user.Superuser && c.user.Active
	}
	if superuser { // whoever has one needs the link no more, as when one is created
		if err := tx.DropSetupLink(ctx); err != nil {
			return err
		}
	}
	if err := tx.InsertUsers(ctx, users); err != nil {
		return err
	}
	if err := tx.InsertAssignments(ctx, assignments); err != nil {
		return err
	}
	if err := tx.InsertGrants(ctx, grants); err != nil {
		return err
	}
	if err := tx.InsertImported(ctx, p.origin(KindUser), rows); err != nil {
		return err
	}
	if err := tx.RaiseUserNumber(ctx, p.highest); err != nil {
		return err
	}
	return p.recordNew(ctx, tx, users)
}

// recordNew writes one event for the batch, and one for each account with a flag.
func (p *pass) recordNew(ctx context.Context, tx Store, users []user.User) error {
	for _, u := range users {
		if !u.Staff && !u.Superuser {
			continue
		}
		e := event.New(p.who, p.began, event.UserCreated, event.User(u.ID, u.Username)).
			With(map[string]any{"staff": u.Staff, "superuser": u.Superuser, "import": p.report.Source})
		if err := tx.AppendEvent(ctx, e); err != nil {
			return err
		}
	}
	e := event.New(p.who, p.began, event.ImportWritten, p.subject()).
		With(map[string]any{"users": len(users), "first_id": users[0].ID, "last_id": users[len(users)-1].ID})
	return tx.AppendEvent(ctx, e)
}

// goneUsers lists the users that an earlier run imported and the source does not
// have any more. It looks for them only when some are missing.
func (p *pass) goneUsers(ctx context.Context) error {
	all, err := p.Store.ImportedCount(ctx, p.origin(KindUser))
	if err != nil {
		return err
	}
	if p.write {
		all -= p.report.Users.Created
	}
	if all <= p.returned {
		return nil
	}
	for after := ""; ; {
		ids, err := p.Store.ImportedAfter(ctx, p.origin(KindUser), after, batch)
		if err != nil || len(ids) == 0 {
			return err
		}
		missing, err := p.from.MissingUsers(ctx, ids)
		if err != nil {
			return err
		}
		for _, row := range missing {
			p.report.Gone++
			p.report.add(Problem{Kind: Deleted, Table: row.Table, ID: row.ID, Reason: "it is gone from the source, and stays here; disable or delete it"})
		}
		after = ids[len(ids)-1]
	}
}
