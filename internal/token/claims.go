package token

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/session"
)

// RightsClaims is what the claims with roles and permissions are called. An empty
// name is the usual one, "roles" or "permissions".
type RightsClaims struct{ Roles, Permissions string }

func (n RightsClaims) roles() string       { return cmp.Or(n.Roles, "roles") }
func (n RightsClaims) permissions() string { return cmp.Or(n.Permissions, "permissions") }

// Presets are claims in the form of services that want their own. They say which
// one of a person's roles counts there: the first of Order that they hold, else
// Default.
type Presets struct {
	Hasura    bool // the object hasuraClaim
	PostgREST bool // the claim "role"

	Order   []string
	Default string
}

// hasuraClaim is where Hasura looks for its session variables
// (hasura.io/docs, authentication with JWT).
const hasuraClaim = "https://hasura.io/jwt/claims"

// hasuraClaims are session variables, whose names Hasura reads in any case.
type hasuraClaims struct {
	UserID  string   `json:"x-hasura-user-id"`
	Default string   `json:"x-hasura-default-role"`
	Allowed []string `json:"x-hasura-allowed-roles"`
}

// postgrestClaim is the database role that PostgREST takes on for a request
// (postgrest.org, authentication).
const postgrestClaim = "role"

// accessClaims are what two access tokens of one session differ in. Roles and
// permissions that are nil are left out.
type accessClaims struct {
	issued, expires time.Time
	id              string
	roles           []string
	permissions     []access.Permission
}

// claims is the payload of an access token. The order is the original's; ours
// follow.
func (i *Issuer) claims(c accessClaims, of Subject, in session.Session) payload {
	p := make(payload, 0, 18)
	p.text("token_type", "access")
	p.number("exp", c.expires.Unix())
	p.number("iat", c.issued.Unix())
	p.text("jti", c.id)
	p.text("user_id", string(of.ID))
	p.text("sub", string(of.ID))
	p.text("iss", i.Name)
	p.json("aud", audience(i.audienceOf(of)))
	p.text("sid", string(in.ID))
	p.number("rv", of.RightsVersion)
	p.number("av", of.AccessVersion)
	if c.roles != nil {
		p.json(i.Names.roles(), c.roles)
	}
	if c.permissions != nil {
		p.json(i.Names.permissions(), c.permissions)
	}
	if of.Username != "" {
		p.text("username", of.Username)
	}
	p.json("is_staff", of.Rights.Staff)
	p.json("is_superuser", of.Rights.Superuser)
	i.Presets.add(&p, string(of.ID), c.roles)
	return p
}

// add adds what the presets want of somebody with these roles.
func (s Presets) add(p *payload, id string, roles []string) {
	counts := s.Default
	if at := slices.IndexFunc(s.Order, func(name string) bool { return slices.Contains(roles, name) }); at >= 0 {
		counts = s.Order[at]
	}
	if s.Hasura {
		allowed := roles
		if !slices.Contains(roles, s.Default) {
			allowed = append([]string{s.Default}, roles...)
		}
		p.json(hasuraClaim, hasuraClaims{UserID: id, Default: counts, Allowed: allowed})
	}
	if s.PostgREST {
		p.text(postgrestClaim, counts)
	}
}

// audience is a string when there is one, else an array (RFC 7519, section
// 4.1.3).
type audience []string

// MarshalJSON implements json.Marshaler.
func (a audience) MarshalJSON() ([]byte, error) {
	if len(a) == 1 {
		return json.Marshal(a[0])
	}
	return json.Marshal([]string(a))
}
