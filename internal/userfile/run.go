package userfile

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

// run is one import.
type run struct {
	*Service
	who    access.Caller
	o      Options
	began  time.Time
	report Report

	findings []Finding // of the batch

	seed maphash.Seed
	seen map[uint64]uint32 // names and ids of the file, and their lines

	roles    map[string]ident.RoleID    // by name; "" while it would be created
	declared map[access.Permission]bool // what was looked up
}

func newRun(s *Service, who access.Caller, o Options) *run {
	return &run{
		Service: s, who: who, o: o, began: s.Now(), seed: maphash.MakeSeed(), seen: map[uint64]uint32{},
		roles: map[string]ident.RoleID{}, declared: map[access.Permission]bool{},
	}
}

// batch imports the candidates whose accounts do not exist.
func (r *run) batch(ctx context.Context, all []candidate) error {
	fresh, err := r.fresh(ctx, all)
	if err != nil {
		return err
	}
	if r.o.DryRun {
		r.report.Created += len(fresh)
	} else if err := r.write(ctx, fresh); err != nil {
		return err
	}
	if r.o.Progress != nil {
		r.o.Progress(len(all))
	}
	return nil
}

// fresh returns the candidates that become accounts, and reports the others.
func (r *run) fresh(ctx context.Context, all []candidate) ([]candidate, error) {
	if len(all) == 0 {
		return nil, nil
	}
	wanted := make([]user.User, len(all))
	for i, c := range all {
		wanted[i] = c.user
	}
	taken, err := r.Store.TakenBy(ctx, wanted)
	if err != nil {
		return nil, err
	}
	byName, byKey, byID := map[string]user.User{}, map[string]user.User{}, map[ident.UserID]user.User{}
	for _, u := range taken {
		byName[u.Username], byKey[u.UsernameKey], byID[u.ID] = u, u, u
	}
	var fresh []candidate
	for _, c := range all {
		holder, exists := byName[c.user.Username]
		if !exists {
			holder, exists = byKey[c.user.UsernameKey]
		}
		other, idTaken := byID[c.user.ID]
		switch {
		case exists:
			err = r.compare(ctx, c, holder.ID)
		case idTaken:
			r.conflict(c.row, fmt.Sprintf("the id %s is that of %s", other.ID, other.Username))
		default:
			var why string
			if why, err = r.resolve(ctx, &c); why != "" {
				r.refuse(c.row, why)
			} else {
				fresh = append(fresh, c)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", c.row.Line, err)
		}
	}
	return fresh, nil
}

// resolve looks up what an account is to hold, and makes roles where that is asked
// for. It says what does not exist.
func (r *run) resolve(ctx context.Context, c *candidate) (why string, err error) {
	for _, given := range c.roles {
		name := given.name
		id, err := r.role(ctx, name)
		if errors.Is(err, role.ErrNotFound) {
			return fmt.Sprintf("roles: there is no role %q", shorten(name)), nil
		}
		if errors.Is(err, role.ErrNameAlike) {
			return fmt.Sprintf("roles: there is no role %q, and one that looks the same", shorten(name)), nil
		}
		if err != nil {
			return "", err
		}
		c.roleIDs = append(c.roleIDs, id)
	}
	for _, given := range c.permissions {
		p := access.Permission(given.name)
		known, looked := r.declared[p]
		if !looked {
			_, err := r.Roles.Permission(ctx, r.who, p)
			if err != nil && !errors.Is(err, role.ErrPermissionNotFound) {
				return "", err
			}
			known = err == nil
			r.declared[p] = known
		}
		if !known {
			return fmt.Sprintf("permissions: there is no permission %s", p), nil
		}
	}
	return "", nil
}

// role returns the id of a role, or role.ErrNotFound. What was found is remembered.
func (r *run) role(ctx context.Context, name string) (ident.RoleID, error) {
	if id, known := r.roles[name]; known {
		return id, nil
	}
	found, err := r.Roles.RoleByName(ctx, r.who, name)
	if errors.Is(err, role.ErrNotFound) && r.o.CreateRoles {
		found, err = role.Role{}, nil
		if !r.o.DryRun {
			found, err = r.Roles.Create(ctx, r.who, role.Draft{Name: name})
		}
		if err == nil {
			r.report.RolesCreated = append(r.report.RolesCreated, name)
		}
	}
	if err != nil {
		return "", err
	}
	r.roles[name] = found.ID
	return found.ID, nil
}

// hash hashes the initial passwords, on as many threads as there are for it.
func (r *run) hash(ctx context.Context, all []candidate) error {
	workers := r.Hasher.Workers()
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(all) && errs[w] == nil; i += workers {
				if plain := all[i].row.InitialPassword; !plain.IsZero() {
					var encoded string
					encoded, errs[w] = r.Hasher.Hash(ctx, plain)
					all[i].user.Password = secret.New(encoded)
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// write keeps the candidates: all in one transaction, or, when one of them cannot be
// kept, each in its own.
func (r *run) write(ctx context.Context, all []candidate) error {
	if len(all) == 0 {
		return nil
	}
	if err := r.hash(ctx, all); err != nil {
		return err
	}
	err := r.keep(ctx, all)
	if err == nil {
		r.report.Created += len(all)
		return nil
	}
	if fault.KindOf(err) == fault.Unavailable || ctx.Err() != nil {
		return err
	}
	for _, c := range all {
		err := r.keep(ctx, []candidate{c})
		switch f := fault.Of(err); {
		case err == nil:
			r.report.Created++
		case errors.Is(err, user.ErrUsernameTaken):
			r.conflict(c.row, "somebody else took the username or the id meanwhile")
		case f != nil && f.Kind == fault.NotFound:
			r.refuse(c.row, reason(err))
		default:
			return fmt.Errorf("line %d: %w", c.row.Line, err)
		}
	}
	return nil
}
