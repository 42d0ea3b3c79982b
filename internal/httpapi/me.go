package httpapi

import (
	"context"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

// meResponse is the caller's account and rights.
type meResponse struct {
	User
	Roles       []string `json:"roles" nullable:"false" doc:"The names of your roles, with those that they include." example:"[\"editor\"]"`
	Permissions []string `json:"permissions" nullable:"false" doc:"All that you may do, from roles and granted directly. A superuser may do everything." example:"[\"blog.publish_post\"]"`
	SessionID   string   `json:"session_id" doc:"The session of this access token." example:"0199b2f4-9a10-7f0c-8a51-5d0b7a1a2b3c"`
}

func meOf(u user.User, who access.Caller) *body[meResponse] {
	me := meResponse{
		User: userOf(u), SessionID: string(who.Session),
		Roles: append([]string{}, who.Rights.Roles...), Permissions: permissionNames(who.Rights.Permissions),
	}
	return &body[meResponse]{Body: me}
}

func (a *API) getMe(ctx context.Context, who access.Caller, _ *struct{}) (*body[meResponse], error) {
	u, err := a.Accounts.User(ctx, who, who.UserID)
	if err != nil {
		return nil, err
	}
	return meOf(u, who), nil
}

// updateMeRequest has no flags, names or roles: nobody gives themselves more.
type updateMeRequest struct {
	Email     *string `json:"email,omitempty" maxLength:"254" example:"alice@example.com"`
	FirstName *string `json:"first_name,omitempty" maxLength:"150" example:"Alice"`
	LastName  *string `json:"last_name,omitempty" maxLength:"150" example:"Liddell"`
}

func (a *API) updateMe(ctx context.Context, who access.Caller, in *struct{ Body updateMeRequest }) (*body[meResponse], error) {
	u, err := a.Accounts.UpdateSelf(ctx, who, account.Change{
		Email: in.Body.Email, FirstName: in.Body.FirstName, LastName: in.Body.LastName,
	})
	if err != nil {
		return nil, err
	}
	return meOf(u, who), nil
}

type changeMyPasswordRequest struct {
	CurrentPassword string `json:"current_password" writeOnly:"true" example:"the old one"`
	NewPassword     string `json:"new_password" writeOnly:"true" doc:"At least 8 characters; taken exactly as sent." example:"correct horse battery"`
}

func (a *API) changeMyPassword(ctx context.Context, who access.Caller, in *struct{ Body changeMyPasswordRequest }) (*done, error) {
	return &done{}, a.Accounts.ChangePassword(ctx, who, secret.New(in.Body.CurrentPassword), secret.New(in.Body.NewPassword))
}

type changePasswordRequest struct {
	Username    string `json:"username" maxLength:"254" pattern:"[^ ]" patternDescription:"a name that is not blank" doc:"What you sign in with." example:"alice"`
	Password    string `json:"password" minLength:"1" writeOnly:"true" example:"the one you were given"`
	NewPassword string `json:"new_password" writeOnly:"true" doc:"At least 8 characters; taken exactly as sent." example:"correct horse battery"`
}

func (a *API) changePassword(ctx context.Context, who access.Caller, in *struct{ Body changePasswordRequest }) (*done, error) {
	if err := a.Throttle.Admit(who.Origin.IP); err != nil {
		return nil, err
	}
	proof := account.Proof{Login: in.Body.Username, Current: secret.New(in.Body.Password)}
	return &done{}, a.Accounts.ChangeProvenPassword(ctx, who.Origin, proof, secret.New(in.Body.NewPassword))
}

func (a *API) logout(ctx context.Context, who access.Caller, _ *struct{}) (*done, error) {
	return &done{}, a.Sessions.SignOut(ctx, who)
}

func (a *API) logoutAll(ctx context.Context, who access.Caller, _ *struct{}) (*done, error) {
	return &done{}, a.Sessions.SignOutEverywhere(ctx, who)
}
