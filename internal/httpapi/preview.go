package httpapi

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/token"
)

// tokenPart is a decoded part of a token.
type tokenPart json.RawMessage

// Schema implements huma.SchemaProvider.
func (tokenPart) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true,
		Description: "As it stands in the token, decoded. The configuration decides about its members.",
		Examples:    []any{map[string]any{"alg": "ES256", "typ": "JWT"}},
	}
}

// MarshalJSON implements json.Marshaler.
func (p tokenPart) MarshalJSON() ([]byte, error) { return p, nil }

// tokenSize says how large a user's access token is.
type tokenSize struct {
	Bytes              int  `json:"bytes" doc:"Of the whole token, its signature included." example:"612"`
	MaxBytes           int  `json:"max_bytes" doc:"What no token exceeds." example:"8192"`
	PermissionsLeftOut bool `json:"permissions_left_out" doc:"They do not fit into permissions_budget, or the token not into max_bytes: services look them up." example:"false"`
	RolesLeftOut       bool `json:"roles_left_out" doc:"The token did not fit into max_bytes with them: services look them up." example:"false"`
}

func tokenSizeOf(s token.Size) tokenSize {
	return tokenSize{Bytes: s.Bytes, MaxBytes: token.MaxBytes, PermissionsLeftOut: s.PermissionsLeftOut, RolesLeftOut: s.RolesLeftOut}
}

// nextToken is the size of a token that a user has not been issued yet, or null.
type nextToken struct{ size *tokenSize }

// MarshalJSON implements json.Marshaler.
func (n nextToken) MarshalJSON() ([]byte, error) { return json.Marshal(n.size) }

// Schema implements huma.SchemaProvider.
func (nextToken) Schema(r huma.Registry) *huma.Schema {
	s := huma.SchemaFromType(r, reflect.TypeFor[tokenSize]())
	s.Nullable = true
	s.Description = "How large the user's next access token is, with what was given. null without `countersign.view_user`, " +
		"where the service issues no tokens, and where they carry no roles and permissions (the preset)."
	return s
}

// tokenPreview is an access token without a signature.
type tokenPreview struct {
	Header    tokenPart `json:"header"`
	Claims    tokenPart `json:"claims"`
	ExpiresAt time.Time `json:"expires_at" example:"2026-02-01T08:35:00Z"`
	Size      tokenSize `json:"size"`
}

type previewInput struct {
	ByID
	Audience string `query:"audience" maxLength:"255" doc:"As if the token were asked for with this audience; without it, for all that there are. 400 audience_unknown says which."`
}

func (a *API) previewToken(ctx context.Context, who access.Caller, in *previewInput) (*body[tokenPreview], error) {
	signIn, err := a.SignIn.For(in.Audience)
	if err != nil {
		return nil, &located{in: "query", err: fault.Of(err)}
	}
	p, err := signIn.Preview(ctx, who, ident.UserID(in.ID))
	if err != nil {
		return nil, err
	}
	return &body[tokenPreview]{Body: tokenPreview{
		Header: tokenPart(p.Header), Claims: tokenPart(p.Claims), ExpiresAt: moment(p.ExpiresAt), Size: tokenSizeOf(p.Size),
	}}, nil
}
