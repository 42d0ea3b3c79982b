package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// A foreign token with the mark of an older password is not traded for a session,
// whose tokens would have the present one.
func TestForeignRefresh_with_the_mark_of_another_password(t *testing.T) {
	t.Parallel()
	p := presetWithAnn(t)
	p.Issuer.Original.RevokeClaim = "hash_password"
	ann, err := p.db.User(t.Context(), "1")
	must(t, err)
	marked := func(jti, mark string) secret.Text {
		return p.foreign("refresh", jti, fmt.Sprintf(`%s,"hash_password":%q`, anns, mark))
	}
	p.refused(t, "another one", marked("m1", strings.Repeat("0", 32)), token.ErrSessionEnded)
	p.refused(t, "none", p.foreign("refresh", "m2", anns), token.ErrSessionEnded)
	if n := p.live(t, "1"); n != 0 {
		t.Errorf("%d sessions", n)
	}
	p.refresh(t, marked("m3", user.PasswordMark(ann.Password)))
}

// A foreign sliding token that another process extends before it hears that all
// sessions of its owner ended, ends with them.
func TestForeignSliding_extended_before_the_end_is_heard_of(t *testing.T) {
	t.Parallel()
	url, clock := storetest.URL(t, "sqlite"), &clock{at: begin}
	p, late := start(t, url, clock, true), start(t, url, clock, true)
	p.add(t, "ann", func(u *user.User) { u.ID = "1" })
	raw := late.foreign("sliding", "s", anns+`,"refresh_exp":1800090000`)
	_, err := late.slide(t, raw) // and remembers the account
	must(t, err)
	must(t, p.changePassword(t.Context(), "1", "!"))
	clock.move(2 * time.Second)
	next, err := late.RefreshSliding(t.Context(), here, raw.Reveal())
	must(t, err)
	_, err = late.slide(t, next.Access)
	fails(t, "when it is heard of", err, token.ErrSessionEnded)
}

// Where tokens have no jti, what is known of one holds for the second signature that
// everybody can make of an ECDSA signature.
func TestForeignRefresh_without_jti_with_another_signature(t *testing.T) {
	t.Parallel()
	p := presetWithAnn(t)
	p.Rotate = false
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	keys := &keyring.Keyring{
		Store: p.db, InTx: store.TxFunc[keyring.Store](p.db), Root: p.Issuer.Root, Now: p.clock.now,
		Algorithm: verify.ES256, Fixed: &keyring.FixedKey{Private: private, Public: private.Public()},
	}
	must(t, keys.Load(t.Context()))
	p.Issuer.Keys, p.Issuer.Original.IDClaim = keys, ""
	p.verifiers(t, true)

	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(`{"alg":"ES256","typ":"JWT"}`)) + "." +
		encode(fmt.Appendf(nil, `{"token_type":"refresh","exp":%d,"user_id":1}`, begin.Unix()+3600))
	first, err := keys.Signer().Sign([]byte(input))
	must(t, err)
	second := append([]byte{}, first...)
	s := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(first[32:]))
	s.FillBytes(second[32:])
	raw, twin := secret.New(input+"."+encode(first)), secret.New(input+"."+encode(second))
	p.refresh(t, twin)
	must(t, p.SignOut(t.Context(), here, raw.Reveal()))
	p.refused(t, "as it was blacklisted", raw, token.ErrSessionEnded)
	p.refused(t, "its twin", twin, token.ErrSessionEnded)
}
