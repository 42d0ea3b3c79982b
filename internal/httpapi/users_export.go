package httpapi

import (
	"context"
	"io"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
)

// UserFilter chooses users. It is exported because it is embedded.
type UserFilter struct {
	Search    string  `query:"search" maxLength:"150" doc:"A part of the username, email, first or last name, in any case."`
	Prefix    string  `query:"username_prefix" maxLength:"150" doc:"Only those whose username begins with this, in any case unless names are told apart by it; in the order of the names. Fast with any number of users."`
	Active    whether `query:"active" doc:"Only those who may, or may not, sign in."`
	Staff     whether `query:"staff" doc:"Only staff, or only others."`
	Superuser whether `query:"superuser" doc:"Only superusers, or only others."`
	Role      string  `query:"role" maxLength:"40" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"an identifier" doc:"Only those who have the role with this id, themselves or by a role that includes it."`

	JoinedFrom  time.Time `query:"joined_from" doc:"Only those who joined at this time (RFC 3339) or later."`
	JoinedUntil time.Time `query:"joined_until" doc:"Only those who joined before this time (RFC 3339)."`
}

// filter is the filter of the use cases.
func (in UserFilter) filter() user.Filter {
	return user.Filter{
		Search: in.Search, UsernamePrefix: in.Prefix, Role: ident.RoleID(in.Role), JoinedFrom: in.JoinedFrom, JoinedUntil: in.JoinedUntil,
		Active: in.Active.pointer(), Staff: in.Staff.pointer(), Superuser: in.Superuser.pointer(),
	}
}

type exportUsersInput struct {
	Sheet
	UserFilter
}

func (a *API) exportUsers(ctx context.Context, who access.Caller, in *exportUsersInput) (*download, error) {
	return in.download(ctx, "users", func(ctx context.Context, to io.Writer) error {
		_, err := a.Accounts.ExportUsers(ctx, who, account.Export{Filter: in.filter(), Format: in.format(), To: to})
		return err
	}), nil
}
