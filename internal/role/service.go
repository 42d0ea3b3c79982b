package role

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
)

// Limits, in code points.
const (
	MaxName        = 150
	MaxDescription = 255
)

// Service changes the access model.
type Service struct {
	Store Store
	InTx  func(context.Context, func(Store) error) error
	Now   func() time.Time

	// Horizon is how long after now an access token can still be believed
	// somewhere: its lifetime, the largest leeway and a margin.
	Horizon time.Duration

	// Audiences are those that tokens are issued for: what a role can be bound to.
	Audiences []string

	versions []int64 // see IfVersion; nil is no condition
}

// Draft is a role to be made.
type Draft struct {
	Name        string
	Description string
	Audience    string // to bind it to; "" for none
	Permissions []access.Permission
}

// Roles is a page of the roles whose name has search as a part, newest first. It
// needs access.ViewRole.
func (s *Service) Roles(ctx context.Context, who access.Caller, search string, r page.Request) (page.Page[Role], error) {
	if err := who.Require(access.ViewRole); err != nil {
		return page.Page[Role]{}, err
	}
	return s.Store.Roles(ctx, search, r)
}

// Role returns one role, or ErrNotFound. It needs access.ViewRole.
func (s *Service) Role(ctx context.Context, who access.Caller, id ident.RoleID) (Role, error) {
	if err := who.Require(access.ViewRole); err != nil {
		return Role{}, err
	}
	return s.Store.Role(ctx, id)
}

// RoleByName returns the role of that name, or ErrNotFound. It needs
// access.ViewRole.
func (s *Service) RoleByName(ctx context.Context, who access.Caller, name string) (Role, error) {
	if err := who.Require(access.ViewRole); err != nil {
		return Role{}, err
	}
	return s.Store.RoleByName(ctx, normalise(name))
}

// Create makes a role. It needs access.AddRole and every permission in it, without
// an end.
// ErrName, ErrDescription, ErrNameTaken, ErrNameAlike, ErrPermissionNotFound,
// access.ErrAudienceUnknown.
func (s *Service) Create(ctx context.Context, who access.Caller, d Draft) (Role, error) {
	if err := who.Require(access.AddRole); err != nil {
		return Role{}, err
	}
	if err := who.RequireGives(d.Permissions, forever); err != nil {
		return Role{}, err
	}
	r := Role{
		ID: ident.RoleID(ident.New()), Name: normalise(d.Name), Description: strings.TrimSpace(d.Description), Audience: d.Audience,
		Permissions: slices.Compact(slices.Sorted(slices.Values(d.Permissions))), CreatedAt: s.Now(),
	}
	if err := r.check(); err != nil {
		return Role{}, err
	}
	if err := s.checkAudience(r.Audience); err != nil {
		return Role{}, err
	}
	err := s.InTx(ctx, func(tx Store) error {
		if err := tx.HoldAccessVersion(ctx); err != nil {
			return err
		}
		if err := unlike(ctx, tx, r.ID, r.Name); err != nil {
			return err
		}
		if err := tx.InsertRole(ctx, r); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, r.CreatedAt, event.RoleCreated, event.Role(r.ID, r.Name)).
			With(map[string]any{"permissions": r.Permissions, "audience": r.Audience}))
	})
	if err != nil {
		return Role{}, fmt.Errorf("create role %s: %w", r.ID, err)
	}
	return r, nil
}

func normalise(name string) string {
	if len(name) > MaxName*utf8.UTFMax {
		return name
	}
	return norm.NFC.String(strings.TrimSpace(name))
}

// CheckName returns the form of a role's name that is stored, or ErrName.
func CheckName(name string) (string, error) {
	name = normalise(name)
	return name, Role{Name: name}.check()
}

func (r Role) check() error {
	if r.Name == "" || utf8.RuneCountInString(r.Name) > MaxName || !printable(r.Name) {
		return ErrName.WithField("name", ErrName.Public)
	}
	return checkDescription(r.Description)
}

func checkDescription(text string) error {
	if utf8.RuneCountInString(text) > MaxDescription || !printable(text) {
		return ErrDescription.WithField("description", ErrDescription.Public)
	}
	return nil
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
