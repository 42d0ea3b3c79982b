package config

import (
	"slices"
	"strings"
	"testing"
)

func TestRightsClaims(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		settings []string
		problem  string
	}{
		{[]string{"ROLES_CLAIM=groups", "PERMISSIONS_CLAIM=scope"}, ""},
		{[]string{"ROLES_CLAIM=https://example.com/roles"}, ""},
		{[]string{"ROLES_CLAIM=permissions", "PERMISSIONS_CLAIM=roles"}, ""},
		{[]string{"ROLES_CLAIM=Permissions"}, "permissions_claim (default): \"permissions\" is the name of another claim"},
		{[]string{"ROLES_CLAIM=sub"}, "ROLES_CLAIM: \"sub\" is the name of another claim"},
		{[]string{"PERMISSIONS_CLAIM=RV"}, "PERMISSIONS_CLAIM: \"RV\" is the name of another claim"},
		{[]string{"ROLES_CLAIM="}, "ROLES_CLAIM: is empty"},
		{[]string{"ROLES_CLAIM=a\x7f"}, "ROLES_CLAIM: has a control character"},
		{[]string{"ROLES_CLAIM=role"}, ""},
		{[]string{"ROLES_CLAIM=role", "CLAIMS_FOR=postgrest"}, "ROLES_CLAIM: \"role\" is the name of another claim"},
		{[]string{"CLAIMS_FOR=hasura,postgrest", "CLAIMS_ROLE_ORDER=admin,editor"}, ""},
		{[]string{"CLAIMS_FOR=graphql"}, "\"graphql\" is not one of hasura, postgrest"},
		{[]string{"CLAIMS_DEFAULT_ROLE="}, "claims_default_role is empty"},
	} {
		environ := make([]string, len(test.settings))
		for i, setting := range test.settings {
			environ[i] = "COUNTERSIGN_" + setting
		}
		_, err := load(t, Source{Environ: environ})
		switch {
		case test.problem == "" && err != nil:
			t.Errorf("%v: %v", test.settings, err)
		case test.problem != "" && (err == nil || !strings.Contains(strings.Join(problems(t, err), "\n"), test.problem)):
			t.Errorf("%v: %v, want %s", test.settings, err, test.problem)
		}
	}
}

// The tokens of the preset have no roles: what says how they are called is refused.
func TestRightsClaimsAreNotThePresets(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, f := range fields() {
		if f.needs == ownTokens {
			keys = append(keys, f.key)
		}
	}
	if want := []string{"roles_claim", "permissions_claim", "claims_for", "claims_role_order", "claims_default_role"}; !slices.Equal(keys, want) {
		t.Fatalf("%v need tokens of our own, want %v", keys, want)
	}
	_, err := load(t, Source{Environ: []string{
		"COUNTERSIGN_PRESET=simplejwt", "COUNTERSIGN_SIGNING_SECRET=" + "0123456789abcdefghijklmnopqrstuvwxyz", "COUNTERSIGN_ROLES_CLAIM=groups",
	}})
	want := []string{"COUNTERSIGN_ROLES_CLAIM: means nothing with the preset simplejwt, whose tokens have no roles"}
	if err == nil || !slices.Equal(problems(t, err), want) {
		t.Errorf("%v, want %v", err, want)
	}
}
