package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// simplejwt is an environment with the preset, a shared secret and SIMPLE_JWT.
func simplejwt(members string, more ...string) Source {
	environ := []string{"COUNTERSIGN_PRESET=simplejwt", "COUNTERSIGN_SIGNING_SECRET=" + goodSigning, "COUNTERSIGN_BRIDGE_UNTIL=2026-12-31"}
	if members != "" {
		environ = append(environ, "COUNTERSIGN_SIMPLEJWT="+members)
	}
	for _, setting := range more {
		environ = append(environ, envPrefix+setting)
	}
	return Source{Environ: environ}
}

func TestPresetIsTheOriginalsDefaults(t *testing.T) {
	t.Parallel()
	for _, members := range []string{"", "{}", `{"AUDIENCE":null,"ISSUER":null,"JWK_URL":null,"VERIFYING_KEY":"","SIGNING_KEY":null,"JSON_ENCODER":null,
		"TOKEN_OBTAIN_SERIALIZER":"rest_framework_simplejwt.serializers.TokenObtainPairSerializer"}`} {
		c := mustLoad(t, simplejwt(members))
		got := []any{c.Algorithm, c.Issuer, c.Audience, c.AccessLifetime, c.RefreshLifetime, c.RotateRefresh, c.BlacklistAfterRotation, c.UpdateLastSignIn,
			c.Leeway, c.AuthHeaderTypes, c.AuthHeaderName, c.UserIDField, c.UserIDClaim, c.TokenTypeClaim, c.JTIClaim, c.AuthTokenTypes, c.SlidingLifetime,
			c.SlidingRefreshLifetime, c.SlidingRefreshExpClaim, c.CheckRevokeToken, c.RevokeTokenClaim, c.CheckUserIsActive, c.IntUserID, c.VerifyOnly(), c.Warnings}
		want := []any{"HS256", "", []string(nil), 5 * time.Minute, 24 * time.Hour, false, false, false,
			time.Duration(0), []string{"Bearer"}, "Authorization", "id", "user_id", "token_type", "jti", []string{"access"}, 5 * time.Minute,
			24 * time.Hour, "refresh_exp", false, "hash_password", true, false, false, []string(nil)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", members, diff)
		}
		if b := c.BoundTo("127.0.0.1:4711"); b.Issuer != "" || b.Audience != nil {
			t.Errorf("BoundTo names an issuer: %s %v", b.Issuer, b.Audience)
		}
	}
	if c := mustLoad(t, Source{}); !c.UpdateLastSignIn || c.BlacklistAfterRotation {
		t.Error("without the preset its values are in effect")
	}
}

// Each name of SIMPLE_JWT sets its setting, with what it is then shown as.
func TestSimpleJWTNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ member, key, value string }{
		{`"ACCESS_TOKEN_LIFETIME":1,"REFRESH_TOKEN_LIFETIME":2`, "access_lifetime", "1s"},
		{`"ACCESS_TOKEN_LIFETIME":1,"REFRESH_TOKEN_LIFETIME":2`, "refresh_idle_lifetime", "2s"},
		{`"REFRESH_TOKEN_LIFETIME":1.2096e6`, "refresh_lifetime", "14d"},
		{`"ROTATE_REFRESH_TOKENS":true`, "rotate_refresh", "true"},
		{`"ROTATE_REFRESH_TOKENS":true`, "refresh_grace", "1m"},
		{`"ROTATE_REFRESH_TOKENS":true,"BLACKLIST_AFTER_ROTATION":true`, "refresh_grace", "0s"},
		{`"UPDATE_LAST_LOGIN":true`, "update_last_sign_in", "true"},
		{`"ALGORITHM":"HS512"`, "algorithm", "HS512"},
		{`"ALGORITHM":"ES521"`, "algorithm", "ES512"},
		{`"AUDIENCE":"a b,c"`, "audience", "a b,c"},
		{`"AUDIENCE":["a","b"]`, "audience", "a,b"},
		{`"ISSUER":"my: issuer"`, "issuer", "my: issuer"},
		{`"LEEWAY":0.25`, "leeway", "250ms"},
		{`"AUTH_HEADER_TYPES":"JWT"`, "auth_header_types", "JWT"},
		{`"AUTH_HEADER_TYPES":["JWT","Bearer"]`, "auth_header_types", "JWT,Bearer"},
		{`"AUTH_HEADER_NAME":"HTTP_X_ACCESS_TOKEN"`, "auth_header_name", "X-Access-Token"},
		{`"USER_ID_FIELD":"pk"`, "user_id_field", "id"},
		{`"USER_ID_FIELD":"username","USER_ID_CLAIM":"sub"`, "user_id_claim", "sub"},
		{`"AUTH_TOKEN_CLASSES":["rest_framework_simplejwt.tokens.SlidingToken","AccessToken"]`, "auth_token_types", "sliding,access"},
		{`"JTI_CLAIM":null,"TOKEN_TYPE_CLAIM":null`, "jti_claim", "none"},
		{`"JTI_CLAIM":null,"TOKEN_TYPE_CLAIM":null`, "token_type_claim", "none"},
		{`"SLIDING_TOKEN_LIFETIME":60`, "sliding_lifetime", "1m"},
		{`"SLIDING_TOKEN_REFRESH_LIFETIME":3600`, "sliding_refresh_lifetime", "1h"},
		{`"SLIDING_TOKEN_REFRESH_EXP_CLAIM":"r"`, "sliding_refresh_exp_claim", "r"},
		{`"CHECK_REVOKE_TOKEN":true,"REVOKE_TOKEN_CLAIM":"h"`, "revoke_token_claim", "h"},
		{`"CHECK_USER_IS_ACTIVE":false`, "check_user_is_active", "false"},
	} {
		c := mustLoad(t, simplejwt("{"+test.member+"}"))
		if s := settingOf(t, c, test.key); s.Value != test.value {
			t.Errorf("%s: %s = %q, want %q", test.member, test.key, s.Value, test.value)
		}
	}
}

func TestSimpleJWTIsAboveThePresetAndBelowTheRest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "countersign.toml", "rotate_refresh = false\npreset = \"simplejwt\"\nsimplejwt = '{\"ALGORITHM\":\"HS512\",\"LEEWAY\":1}'\n")
	src := simplejwt(`{"ROTATE_REFRESH_TOKENS":true,"ALGORITHM":"HS384","LEEWAY":10,"ACCESS_TOKEN_LIFETIME":60,"SIGNING_KEY":"`+goodSigning+`2"}`, "LEEWAY=20s")
	src.WorkDir, src.Flags = dir, map[string]string{"access-lifetime": "2m"}
	c := mustLoad(t, src)
	for _, want := range []struct{ key, value, origin string }{
		{"algorithm", "HS384", "COUNTERSIGN_SIMPLEJWT: ALGORITHM"},
		{"rotate_refresh", "false", "file countersign.toml"},
		{"leeway", "20s", "environment COUNTERSIGN_LEEWAY"},
		{"access_lifetime", "2m", "flag --access-lifetime"},
		{"simplejwt", redacted, "environment COUNTERSIGN_SIMPLEJWT"},
		{"signing_secret", redacted, "environment COUNTERSIGN_SIGNING_SECRET"},
	} {
		if s := settingOf(t, c, want.key); s.Value != want.value || s.Origin != want.origin {
			t.Errorf("%s = %q from %q, want %q from %q", want.key, s.Value, s.Origin, want.value, want.origin)
		}
	}
	if c.SigningSecret.Reveal() != goodSigning {
		t.Error("SIGNING_KEY wins over COUNTERSIGN_SIGNING_SECRET")
	}
	src.Environ = slices.Delete(src.Environ, 1, 2)
	if c := mustLoad(t, src); c.SigningSecret.Reveal() != goodSigning+"2" {
		t.Error("SIGNING_KEY was not taken")
	}
}

func TestSimpleJWTFromAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "simple.json", `{"SIGNING_KEY":"`+goodSigning+`"}`+"\n")
	c := mustLoad(t, Source{WorkDir: dir, Environ: []string{"COUNTERSIGN_PRESET=simplejwt", "COUNTERSIGN_SIMPLEJWT_FILE=simple.json"}})
	if c.SigningSecret.Reveal() != goodSigning {
		t.Error("COUNTERSIGN_SIMPLEJWT_FILE was not read")
	}
	write(t, dir, "countersign.toml", "preset = \"simplejwt\"\nsimplejwt = '{\"SIGNING_KEY\":\""+goodSigning+"\"}'\n")
	_, err := load(t, Source{WorkDir: dir})
	if got := problems(t, err); len(got) != 1 || !strings.HasPrefix(got[0], "countersign.toml: simplejwt: SIGNING_KEY: is a secret") {
		t.Errorf("problems %q", got)
	}
}

// Each problem names the member, is one line and shows no value.
func TestSimpleJWTRefuses(t *testing.T) {
	t.Parallel()
	const canary = "canary-7f3a"
	for members, want := range map[string]string{
		`[]`:                                                        "COUNTERSIGN_SIMPLEJWT: is not a JSON object",
		`{"LEEWAY":1} ` + canary:                                    "COUNTERSIGN_SIMPLEJWT: has text after the JSON object, at byte 14",
		`{"LEEWAY":1,}`:                                             "COUNTERSIGN_SIMPLEJWT: is not valid JSON, at byte 13",
		`{"SIGNING_KEY":"` + canary:                                 "COUNTERSIGN_SIMPLEJWT: is not valid JSON",
		`{"LEEWAY":1,"LEEWAY":2}`:                                   `COUNTERSIGN_SIMPLEJWT: gives "LEEWAY" twice`,
		"{\"ISSUER\":\"\xff\"}":                                     "COUNTERSIGN_SIMPLEJWT: is not valid UTF-8",
		`{"ISSUER":{"a":1}}`:                                        "COUNTERSIGN_SIMPLEJWT: ISSUER: wants a string",
		`{"SIGNING_KEY":["` + canary + `"]}`:                        "COUNTERSIGN_SIMPLEJWT: SIGNING_KEY: wants a string",
		`{"LEEWAY":"10"}`:                                           "COUNTERSIGN_SIMPLEJWT: LEEWAY: wants a number of seconds, without quotes",
		`{"LEEWAY":31}`:                                             "COUNTERSIGN_SIMPLEJWT: LEEWAY: \"31s\" is out of range",
		`{"LEEWAY":1e300}`:                                          "COUNTERSIGN_SIMPLEJWT: LEEWAY: is more than 36500 days",
		`{"ACCESS_TOKEN_LIFETIME":0}`:                               "ACCESS_TOKEN_LIFETIME: \"0s\" is out of range: from 1s to 30d",
		`{"ACCESS_TOKEN_LIFETIME":-5}`:                              "ACCESS_TOKEN_LIFETIME: \"-5s\" is out of range",
		`{"ACCESS_TOKEN_LIFETIME":null}`:                            "ACCESS_TOKEN_LIFETIME: wants a number",
		`{"ACCESS_TOKEN_LIFETIME":90000}`:                           "COUNTERSIGN_SIMPLEJWT: ACCESS_TOKEN_LIFETIME: 25h is longer than refresh_lifetime (preset simplejwt), which is 1d",
		`{"SLIDING_TOKEN_LIFETIME":90000}`:                          "SLIDING_TOKEN_LIFETIME: 25h is longer than sliding_refresh_lifetime (default), which is 1d",
		`{"ROTATE_REFRESH_TOKENS":1}`:                               "ROTATE_REFRESH_TOKENS: wants true or false",
		`{"ALGORITHM":"none"}`:                                      "COUNTERSIGN_SIMPLEJWT: ALGORITHM: \"none\" is not one of",
		`{"SIGNING_KEY":"` + canary + `"}`:                          "",
		`{"AUDIENCE":[]}`:                                           "AUDIENCE: wants a list of strings",
		`{"AUDIENCE":["a",1]}`:                                      "AUDIENCE: wants a list of strings",
		`{"ISSUER":"a\u0000"}`:                                      "ISSUER: has a control character",
		`{"AUTH_HEADER_TYPES":["a b"]}`:                             "AUTH_HEADER_TYPES: has a word with a space",
		`{"AUTH_HEADER_TYPES":[]}`:                                  "AUTH_HEADER_TYPES: wants a list",
		`{"AUTH_HEADER_NAME":"Authorization"}`:                      "AUTH_HEADER_NAME: wants a header in Django's form",
		`{"USER_ID_FIELD":"uuid"}`:                                  "USER_ID_FIELD: \"uuid\" is not one of id, username, email",
		`{"USER_ID_CLAIM":"exp"}`:                                   "USER_ID_CLAIM: \"exp\" is the name of a claim that tokens have anyway",
		`{"USER_ID_CLAIM":"x","JTI_CLAIM":"x"}`:                     "JTI_CLAIM: \"x\" is the name of user_id_claim",
		`{"JTI_CLAIM":"sub"}`:                                       "JTI_CLAIM: \"sub\" is the name of the claim of a user",
		`{"AUTH_TOKEN_CLASSES":["UntypedToken"]}`:                   "AUTH_TOKEN_CLASSES: wants AccessToken, SlidingToken or both",
		`{"JWK_URL":"https://a.example"}`:                           "JWK_URL: is given, but the algorithm is HS256",
		`{"AUTH_HEADER_TYPE":"JWT"}`:                                "AUTH_HEADER_TYPE: is a name that simplejwt no longer has; write AUTH_HEADER_TYPES",
		`{"SECRET_KEY":"` + canary + `"}`:                           "SECRET_KEY: is a name that simplejwt no longer has; write SIGNING_KEY",
		`{"LEWAY":1}`:                                               `"LEWAY": is not a name of SIMPLE_JWT; the nearest is LEEWAY`,
		`{"leeway":1}`:                                              `"leeway": is not a name of SIMPLE_JWT; the nearest is LEEWAY`,
		strings.Repeat(`{"A":`, 40) + "1" + strings.Repeat("}", 40): "more than 16 levels",
	} {
		_, err := load(t, simplejwt(members))
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", members, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s: loaded", members)
			continue
		}
		if got := problems(t, err); len(got) != 1 || !strings.Contains(got[0], want) || strings.Contains(got[0], canary) {
			t.Errorf("%s: %q, want %q", members, got, want)
		}
	}
}

func TestSimpleJWTWarnings(t *testing.T) {
	t.Parallel()
	for members, want := range map[string]string{
		`{"TOKEN_OBTAIN_SERIALIZER":"shop.tokens.Mine"}`: "COUNTERSIGN_SIMPLEJWT: TOKEN_OBTAIN_SERIALIZER: is Python code",
		`{"USER_AUTHENTICATION_RULE":1}`:                 "COUNTERSIGN_SIMPLEJWT: USER_AUTHENTICATION_RULE: is Python code",
		`{"JSON_ENCODER":"rest_framework_simplejwt.x"}`:  "COUNTERSIGN_SIMPLEJWT: JSON_ENCODER: is Python code",
		`{"ACCESS_TOKEN_LIFETIME":1.5}`:                  "COUNTERSIGN_SIMPLEJWT: ACCESS_TOKEN_LIFETIME: the fraction of a second is left out",
		`{"BLACKLIST_AFTER_ROTATION":true}`:              "COUNTERSIGN_SIMPLEJWT: BLACKLIST_AFTER_ROTATION: has no effect without rotate_refresh",
		`{"ACCESS_TOKEN_LIFETIME":3601}`:                 "COUNTERSIGN_SIMPLEJWT: ACCESS_TOKEN_LIFETIME: is more than an hour",
	} {
		if c := mustLoad(t, simplejwt(members)); len(c.Warnings) != 1 || !strings.HasPrefix(c.Warnings[0], want) {
			t.Errorf("%s: warnings %q, want %q", members, c.Warnings, want)
		}
	}
}

// Whatever SIMPLE_JWT says, Load answers with a Config or with problems of one
// line each, and neither shows a key.
func FuzzSimpleJWT(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"LEEWAY":1e2}`, `{"AUDIENCE":["a",null]}`, `{"JTI_CLAIM":null}`, `{"AUTH_HEADER_NAME":"HTTP_X"}`, `{"ALGORITHM":"RS256","SIGNING_KEY":"-----BEGIN "}`,
		`{"ISSUER":"\ud800"}`, `{"a":{"b":[[{}]]}}`, "{\"\x00\":1}", `{"AUTH_TOKEN_CLASSES":["AccessToken"]}`, `{"LEEWAY":-0}`, `{"A":1,"A":1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, members string) {
		const canary = "canary-7f3a-0123456789-abcdefghijklmnop"
		src := simplejwt(members)
		src.WorkDir = t.TempDir()
		c, err := Load(src)
		if (c == nil) == (err == nil) {
			t.Fatalf("Load = %v, %v", c, err)
		}
		if err == nil && (c.AccessLifetime < time.Second || c.Leeway > 30*time.Second || len(c.AuthHeaderTypes) == 0 || c.UserIDClaim == "") {
			t.Errorf("loaded what cannot be: %+v", c)
		}
		if err == nil {
			return
		}
		for _, line := range problems(t, err) {
			if line == "" || strings.ContainsAny(line, "\n\r\x00") || strings.Contains(line, goodSigning) {
				t.Errorf("the problem %q is not one line", line)
			}
		}
		src = simplejwt(strings.ReplaceAll(members, `"SIGNING_KEY":"`, `"SIGNING_KEY":"`+canary))
		if _, err := Load(src); err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("the key is shown: %v", err)
		}
	})
}
