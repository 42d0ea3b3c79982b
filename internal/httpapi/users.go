package httpapi

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

const usersList = "users"

// User is an account as administrators, and its owner, see it. It is exported
// because the framework skips embedded types that are not.
type User struct {
	ID           string     `json:"id" example:"0199b2f4-7c1e-7a53-9d0e-3f1f6f0f9a11"`
	Username     string     `json:"username" example:"alice"`
	Email        string     `json:"email" doc:"Empty when none was given." example:"alice@example.com"`
	FirstName    string     `json:"first_name" example:"Alice"`
	LastName     string     `json:"last_name" example:"Liddell"`
	Active       bool       `json:"is_active" doc:"May sign in." example:"true"`
	Staff        bool       `json:"is_staff" doc:"May open the administration site." example:"false"`
	Superuser    bool       `json:"is_superuser" doc:"Holds every permission." example:"false"`
	JoinedAt     time.Time  `json:"joined_at" example:"2026-01-31T12:00:00Z"`
	LastSignInAt *time.Time `json:"last_sign_in_at" doc:"null: never." example:"2026-02-01T08:30:00Z"`
}

func userOf(u user.User) User {
	return User{
		ID: string(u.ID), Username: u.Username, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName,
		Active: u.Active, Staff: u.Staff, Superuser: u.Superuser,
		JoinedAt: moment(u.JoinedAt), LastSignInAt: momentOrNull(u.LastSignInAt),
	}
}

type listUsersInput struct {
	Paging
	UserFilter
}

// list is the name of the list for cursors: each order has its own.
func (in *listUsersInput) list() string {
	if in.Prefix != "" {
		return usersList + " by name"
	}
	return usersList
}

func (a *API) listUsers(ctx context.Context, who access.Caller, in *listUsersInput) (*body[list[User]], error) {
	r, err := a.request(in.list(), in.Paging)
	if err != nil {
		return nil, err
	}
	found, err := a.Accounts.Users(ctx, who, in.filter(), r)
	if err != nil {
		return nil, err
	}
	return listOf(a, in.list(), found, userOf), nil
}

type createUserRequest struct {
	Username  string `json:"username" maxLength:"150" doc:"Letters, digits and @ . + - _." example:"alice"`
	Password  string `json:"password" writeOnly:"true" doc:"At least 8 characters; taken exactly as sent." example:"correct horse battery"`
	Email     string `json:"email,omitempty" maxLength:"254" example:"alice@example.com"`
	FirstName string `json:"first_name,omitempty" maxLength:"150" example:"Alice"`
	LastName  string `json:"last_name,omitempty" maxLength:"150" example:"Liddell"`
	Staff     bool   `json:"is_staff,omitempty" example:"false"`
	Superuser bool   `json:"is_superuser,omitempty" example:"false"`
}

func (a *API) createUser(ctx context.Context, who access.Caller, in *struct{ Body createUserRequest }) (*created[User], error) {
	b := in.Body
	u, err := a.Accounts.Create(ctx, who, account.Draft{
		Username: b.Username, Password: secret.New(b.Password), Email: b.Email,
		FirstName: b.FirstName, LastName: b.LastName,
		Staff: b.Staff, Superuser: b.Superuser,
	})
	if err != nil {
		return nil, err
	}
	return &created[User]{Location: prefix + "/users/" + string(u.ID), Body: userOf(u)}, nil
}

func (a *API) getUser(ctx context.Context, who access.Caller, in *ByID) (*tagged[User], error) {
	u, err := a.Accounts.User(ctx, who, ident.UserID(in.ID))
	if err != nil {
		return nil, err
	}
	return &tagged[User]{ETag: etag(u.Version), Body: userOf(u)}, nil
}

type updateUserRequest struct {
	Username  *string `json:"username,omitempty" maxLength:"150" doc:"Letters, digits and @ . + - _." example:"alice"`
	Email     *string `json:"email,omitempty" maxLength:"254" example:"alice@example.com"`
	FirstName *string `json:"first_name,omitempty" maxLength:"150" example:"Alice"`
	LastName  *string `json:"last_name,omitempty" maxLength:"150" example:"Liddell"`
	Staff     *bool   `json:"is_staff,omitempty" example:"false"`
	Superuser *bool   `json:"is_superuser,omitempty" example:"false"`
}

type updateUserInput struct {
	ByID
	Condition
	Body updateUserRequest
}

func (a *API) updateUser(ctx context.Context, who access.Caller, in *updateUserInput) (*tagged[User], error) {
	accounts, err := a.accounts(in.Condition)
	if err != nil {
		return nil, err
	}
	b := in.Body
	u, err := accounts.Update(ctx, who, ident.UserID(in.ID), account.Change{
		Username: b.Username, Email: b.Email, FirstName: b.FirstName, LastName: b.LastName,
		Staff: b.Staff, Superuser: b.Superuser,
	})
	if err != nil {
		return nil, err
	}
	return &tagged[User]{ETag: etag(u.Version), Body: userOf(u)}, nil
}

type changeUserInput struct {
	ByID
	Condition
}

func (a *API) deleteUser(ctx context.Context, who access.Caller, in *changeUserInput) (*done, error) {
	accounts, err := a.accounts(in.Condition)
	if err != nil {
		return nil, err
	}
	return &done{}, accounts.Delete(ctx, who, ident.UserID(in.ID))
}

func (a *API) disableUser(ctx context.Context, who access.Caller, in *changeUserInput) (*done, error) {
	accounts, err := a.accounts(in.Condition)
	if err != nil {
		return nil, err
	}
	return &done{}, accounts.Disable(ctx, who, ident.UserID(in.ID))
}

func (a *API) enableUser(ctx context.Context, who access.Caller, in *changeUserInput) (*done, error) {
	accounts, err := a.accounts(in.Condition)
	if err != nil {
		return nil, err
	}
	return &done{}, accounts.Enable(ctx, who, ident.UserID(in.ID))
}

type setUserPasswordRequest struct {
	Password string `json:"password" writeOnly:"true" doc:"At least 8 characters; taken exactly as sent." example:"correct horse battery"`
}

type setUserPasswordInput struct {
	ByID
	Condition
	Body setUserPasswordRequest
}

func (a *API) setUserPassword(ctx context.Context, who access.Caller, in *setUserPasswordInput) (*done, error) {
	accounts, err := a.accounts(in.Condition)
	if err != nil {
		return nil, err
	}
	return &done{}, accounts.SetPassword(ctx, who, ident.UserID(in.ID), secret.New(in.Body.Password))
}
