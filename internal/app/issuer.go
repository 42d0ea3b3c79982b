package app

import (
	"slices"

	"github.com/countersign/countersign/internal/token"
)

// newIssuer makes what makes tokens, as the configuration wants them.
func (a *App) newIssuer() *token.Issuer {
	cfg := a.cfg
	return &token.Issuer{
		Keys: a.Keys, Root: a.root, Now: a.clock.now, Name: cfg.Issuer, Audience: cfg.Audience, Type: cfg.TokenTypeHeader,
		Lifetime: cfg.AccessLifetime, Leeway: cfg.Leeway, PermissionsBudget: cfg.PermissionsBudget,
		Names: token.RightsClaims{Roles: cfg.RolesClaim, Permissions: cfg.PermissionsClaim},
		Presets: token.Presets{
			Hasura: slices.Contains(cfg.ClaimsFor, "hasura"), PostgREST: slices.Contains(cfg.ClaimsFor, "postgrest"),
			Order: cfg.ClaimsRoleOrder, Default: cfg.ClaimsDefaultRole,
		},
	}
}
