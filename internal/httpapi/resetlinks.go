package httpapi

import (
	"context"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
)

// resetLinkResponse is a link to be given to the owner of the account.
type resetLinkResponse struct {
	URL       string    `json:"url" doc:"Whoever has it chooses the password: give it to the user, and keep it nowhere." format:"uri"`
	ExpiresAt time.Time `json:"expires_at" example:"2026-02-01T09:00:00Z"`
}

func (a *API) makeResetLink(ctx context.Context, who access.Caller, in *ByID) (*body[resetLinkResponse], error) {
	made, err := a.Accounts.MakeResetLink(ctx, who, ident.UserID(in.ID))
	if err != nil {
		return nil, err
	}
	return &body[resetLinkResponse]{Body: resetLinkResponse{URL: made.URL.Reveal(), ExpiresAt: moment(made.ExpiresAt)}}, nil
}
