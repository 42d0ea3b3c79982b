package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/verify"
)

// The names of the claims are the issuer's to choose, and its verifier knows them.
func TestRightsClaims(t *testing.T) {
	t.Parallel()
	i, _ := issuer(t, verify.ES256)
	i.Names = token.RightsClaims{Roles: "groups", Permissions: "roles"}
	raw, _, err := i.Access(subject("blog.edit"), device())
	must(t, err)
	if !strings.Contains(segment(t, raw.Reveal(), 1), `"av":2,"groups":["Editors"],"roles":["blog.edit"],"username"`) {
		t.Error(segment(t, raw.Reveal(), 1))
	}
	c := get[*verify.Claims](t)(verifier(t, i).Verify(raw.Reveal()))
	if diff := cmp.Diff([]string{"Editors", "blog.edit"}, append(c.Roles, c.Permissions...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPresets(t *testing.T) {
	t.Parallel()
	order := []string{"admin", "Editors", "reader"}
	const hasura = `"is_superuser":false,"https://hasura.io/jwt/claims":{"x-hasura-user-id":"7",`
	for name, c := range map[string]struct {
		presets token.Presets
		roles   []string
		want    string // the end of the payload
	}{
		"none":       {token.Presets{Order: order, Default: "user"}, []string{"Editors"}, `"is_superuser":false}`},
		"postgrest":  {token.Presets{PostgREST: true, Order: order, Default: "user"}, []string{"Editors", "reader"}, `"is_superuser":false,"role":"Editors"}`},
		"no_role":    {token.Presets{PostgREST: true, Order: order, Default: "user"}, nil, `,"role":"user"}`},
		"other_role": {token.Presets{PostgREST: true, Order: order, Default: "user"}, []string{"Other"}, `,"role":"user"}`},
		"hasura": {token.Presets{Hasura: true, Order: order, Default: "user"}, []string{"Editors", "reader"},
			hasura + `"x-hasura-default-role":"Editors","x-hasura-allowed-roles":["user","Editors","reader"]}}`},
		"hasura_default_held": {token.Presets{Hasura: true, Order: order, Default: "reader"}, []string{"reader"},
			hasura + `"x-hasura-default-role":"reader","x-hasura-allowed-roles":["reader"]}}`},
		"both": {token.Presets{Hasura: true, PostgREST: true, Default: "user"}, nil,
			hasura + `"x-hasura-default-role":"user","x-hasura-allowed-roles":["user"]},"role":"user"}`},
	} {
		i, _ := issuer(t, verify.ES256)
		i.Presets = c.presets
		of := subject()
		of.Rights.Roles = c.roles
		raw, _, err := i.Access(of, device())
		must(t, err)
		if got := segment(t, raw.Reveal(), 1); !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: %s, want the end %s", name, got, c.want)
		}
		get[*verify.Claims](t)(verifier(t, i).Verify(raw.Reveal()))
	}
}

// A preview says what Access would issue, and is no token.
func TestPreview(t *testing.T) {
	t.Parallel()
	i, _ := issuer(t, verify.ES256)
	lives := 24 * time.Hour
	p := get[token.Preview](t)(i.Preview(subject("blog.edit"), lives))
	in := device()
	in.ID, in.ExpiresAt = token.PreviewSession, begin.Add(lives)
	raw, expires, err := i.Access(subject("blog.edit"), in)
	must(t, err)
	if p.Size.Bytes != len(raw.Reveal()) || !p.ExpiresAt.Equal(expires) || p.Size.RolesLeftOut || p.Size.PermissionsLeftOut || p.Size.PermissionsBytes != len(`["blog.edit"]`) {
		t.Errorf("preview %+v of a token of %d bytes until %s", p, len(raw.Reveal()), expires)
	}
	if string(p.Header) != segment(t, raw.Reveal(), 0) {
		t.Errorf("header %s", p.Header)
	}
	if got, want := jti.ReplaceAllString(string(p.Claims), ""), jti.ReplaceAllString(segment(t, raw.Reveal(), 1), ""); got != want {
		t.Errorf("claims %s, want %s", got, want)
	}
	i.PermissionsBudget = 0
	if p := get[token.Preview](t)(i.Preview(subject("blog.edit"), lives)); p.Size.RolesLeftOut || !p.Size.PermissionsLeftOut || p.Size.PermissionsBytes != len(`["blog.edit"]`) {
		t.Errorf("over the budget: %+v", p)
	}
	much := subject(access.Permission("blog.edit"))
	for range 60 {
		much.Rights.Roles = append(much.Rights.Roles, strings.Repeat("r", 150))
	}
	if p := get[token.Preview](t)(i.Preview(much, lives)); !p.Size.RolesLeftOut || !p.Size.PermissionsLeftOut || p.Size.Bytes > token.MaxBytes {
		t.Errorf("with very much: %+v", p)
	}
	original, _ := preset(t, verify.HS256)
	if p := get[token.Preview](t)(original.Preview(subject(), lives)); p.Size != (token.Size{Bytes: p.Size.Bytes}) || p.Size.Bytes == 0 {
		t.Errorf("tokens of the preset have no roles to leave out: %+v", p)
	}
}
