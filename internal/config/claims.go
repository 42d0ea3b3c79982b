package config

import (
	"slices"
	"strings"
)

// The claims that the presets of claims_for write, by the preset's name.
var presetClaims = map[string]string{"hasura": "https://hasura.io/jwt/claims", "postgrest": "role"}

// rightsClaims refuses names of our own claims that would hide each other. Case does
// not tell claims apart: verifiers that ignore it would take one for another.
func (v *checker) rightsClaims() {
	if v.SimpleJWT() {
		return
	}
	used := []string{
		"token_type", "exp", "nbf", "iat", "jti", "user_id", "sub", "iss", "aud", "sid", "rv", "av", "username", "is_staff", "is_superuser",
	}
	for _, preset := range v.ClaimsFor {
		used = append(used, presetClaims[preset])
	}
	for _, c := range []struct{ key, name string }{{"roles_claim", v.RolesClaim}, {"permissions_claim", v.PermissionsClaim}} {
		if err := checkText(c.name); err != nil {
			v.bad(c.key, "%v", err)
		} else if slices.ContainsFunc(used, func(other string) bool { return strings.EqualFold(other, c.name) }) {
			v.bad(c.key, "%s is the name of another claim that tokens have", quote(c.name))
		}
		used = append(used, c.name)
	}
	for _, name := range append([]string{v.ClaimsDefaultRole}, v.ClaimsRoleOrder...) {
		if err := checkText(name); err != nil {
			v.bad("claims_role_order", "or claims_default_role %v", err)
		}
	}
	if len(v.ClaimsFor) == 0 && len(v.ClaimsRoleOrder) > 0 {
		v.warn("claims_role_order", "has no effect without claims_for")
	}
}
