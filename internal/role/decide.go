package role

import (
	"context"
	"slices"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
)

// The refusals of questions.
var (
	ErrNothingAsked = fault.New(fault.Invalid, "permission_missing", "Name one permission, or a list of 1 to 100.")
	ErrAskedMore    = fault.New(fault.Invalid, "permissions_too_many", "At most 100 permissions are decided about at once.")
)

// Question asks whether somebody may do what permissions name.
type Question struct {
	Subject     ident.UserID // empty for the caller
	Permissions []access.Permission
}

// Decide answers a question, a decision for each permission in their order, on what
// the subject holds now. Everybody may ask about themselves; about others it needs
// access.ViewUser, which is also what whether they exist is told to.
// ErrNothingAsked, ErrAskedMore.
func (s *Service) Decide(ctx context.Context, who access.Caller, q Question) ([]access.Decision, error) {
	if err := who.RequireAuthenticated(); err != nil {
		return nil, err
	}
	if q.Subject == "" && who.Kind == access.Person {
		q.Subject = who.UserID
	}
	if who.Kind != access.Person || q.Subject != who.UserID {
		if err := who.Require(access.ViewUser); err != nil {
			return nil, err
		}
	}
	switch {
	case len(q.Permissions) == 0:
		return nil, ErrNothingAsked.WithField("permission", ErrNothingAsked.Public)
	case len(q.Permissions) > access.MaxAsked:
		return nil, ErrAskedMore
	}
	subject, err := s.subject(ctx, q.Subject)
	if err != nil {
		return nil, err
	}
	declared, err := s.Store.Declared(ctx, q.Permissions)
	if err != nil {
		return nil, err
	}
	answers := make([]access.Decision, len(q.Permissions))
	for i, p := range q.Permissions {
		answers[i] = subject.Decide(p, slices.Contains(declared, p))
	}
	return answers, nil
}

// subject reads whom a decision is about. That there is nobody is an answer, no
// error.
func (s *Service) subject(ctx context.Context, id ident.UserID) (access.Subject, error) {
	h, err := s.Store.Holding(ctx, id, s.Now())
	if fault.KindOf(err) == fault.NotFound {
		return access.Subject{}, nil
	}
	if err != nil {
		return access.Subject{}, err
	}
	return h.Subject(), nil
}

// Explain is a page of the permissions that an account holds, by name, with the
// paths by which it holds them: of a superuser all that are declared. It needs
// access.ViewUser, or to be that account.
func (s *Service) Explain(ctx context.Context, who access.Caller, of ident.UserID, r page.Request) (page.Page[access.Explained], error) {
	if who.Kind != access.Person || who.UserID != of {
		if err := who.Require(access.ViewUser); err != nil {
			return page.Page[access.Explained]{}, err
		}
	}
	h, err := s.Store.Holding(ctx, of, s.Now())
	if err != nil {
		return page.Page[access.Explained]{}, err
	}
	after, limit := access.Permission(r.After.ID), r.Rows()+1
	names := h.Rights().Permissions
	if h.Superuser {
		if names, err = s.Store.PermissionNames(ctx, after, limit); err != nil {
			return page.Page[access.Explained]{}, err
		}
	} else {
		from, found := slices.BinarySearch(names, after)
		if found {
			from++
		}
		names = names[from:min(len(names), from+limit)]
	}
	return page.Of(h.Explain(names), r, func(e access.Explained) page.Position {
		return page.Position{ID: string(e.Permission)}
	}), nil
}
