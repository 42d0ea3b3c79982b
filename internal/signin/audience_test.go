package signin_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/secret"
)

// audienceOf is the aud of a token.
func audienceOf(t *testing.T, raw secret.Text) any {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(raw.Reveal(), ".")[1])
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(payload, &claims))
	return claims["aud"]
}

// The audience is asked for with each access token: the session and its refresh token
// know none, and a retry gets the same successor whatever it asks for.
func TestFor(t *testing.T) {
	t.Parallel()
	p := alone(t)
	p.Issuer.Audience = []string{"shop", "books"}
	p.add(t, "ann")
	shop, err := p.For("shop")
	must(t, err)
	books, err := p.For("books")
	must(t, err)
	first, err := shop.SignIn(t.Context(), here, "ann", secret.New(right))
	must(t, err)
	second, err := books.Refresh(t.Context(), here, first.Refresh.Reveal())
	must(t, err)
	again := p.refresh(t, first.Refresh) // within the grace
	if a, b := audienceOf(t, first.Access), audienceOf(t, second.Access); a != "shop" || b != "books" {
		t.Errorf("audiences %v %v", a, b)
	}
	if all, _ := audienceOf(t, again.Access).([]any); len(all) != 2 {
		t.Errorf("without an audience: %v", all)
	}
	if second.Refresh.Reveal() != again.Refresh.Reveal() || first.SessionID != second.SessionID {
		t.Error("the audience is in the refresh token")
	}
	for _, unknown := range []string{"toys", "shop,books", "SHOP", "*"} {
		_, err := p.For(unknown)
		fails(t, unknown, err, access.ErrAudienceUnknown)
	}
	if same, err := p.For(""); err != nil || same != p.Service {
		t.Errorf("no audience: %v", err)
	}
}

// Under the preset a token has the audience that the original gives it.
func TestFor_preset(t *testing.T) {
	t.Parallel()
	p := presetAlone(t)
	p.Issuer.Audience = []string{"shop"}
	_, err := p.For("shop")
	fails(t, "the configured one", err, access.ErrAudienceUnknown)
}
