package bearer_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

const shared = "a secret that is shared with another issuer"

// likeTheOriginal gives a process the settings of the preset.
func likeTheOriginal(t *testing.T, change func(*bearer.Original, *token.Original)) *process {
	t.Helper()
	p := alone(t)
	keys := &keyring.Keyring{
		Store: p.db, InTx: store.TxFunc[keyring.Store](p.db), Root: p.issuer.Root, Now: p.clock.now,
		Algorithm: verify.HS256, Shared: secret.New(shared),
	}
	must(t, keys.Load(t.Context()))
	p.issuer.Keys, p.issuer.Name, p.issuer.Audience = keys, "", nil
	p.issuer.Original = &token.Original{UserIDField: "id", UserIDClaim: "user_id", TokenTypeClaim: "token_type", IDClaim: "jti"}
	p.Original = &bearer.Original{Bridge: &token.Bridge{Now: p.clock.now}}
	change(p.Original, p.issuer.Original)
	cfg := p.issuer.VerifierConfig()
	cfg.Revocations = p.Log.Revocations
	var err error
	p.Verifier, err = verify.New(cfg)
	must(t, err)
	return p
}

// foreign is a token that another issuer signed at a time, in seconds after begin.
func (p *process) foreign(at int64, claims string) string {
	payload := fmt.Sprintf(`{"token_type":"access","exp":%d,"iat":%d,"jti":"j",%s}`, begin.Unix()+36_000, begin.Unix()+at, claims)
	input := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	h := hmac.New(sha256.New, []byte(shared))
	h.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func fails(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func named(id ident.UserID) string { return fmt.Sprintf(`"user_id":%q`, id) }

// What another issuer signed is accepted while the bridge is open, and after the
// end of all sessions of its owner only what was signed later.
func TestForeignTokens(t *testing.T) {
	t.Parallel()
	p := likeTheOriginal(t, func(*bearer.Original, *token.Original) {})
	a := p.add(t, "ann")
	raw := p.foreign(0, named(a.user.ID))
	who, err := p.authenticate(t, raw)
	must(t, err)
	if who.User.ID != a.user.ID || who.Caller.Session != "" || who.Caller.Require(access.ViewKey) != nil {
		t.Errorf("%+v", who)
	}
	for claims, want := range map[string]error{
		`"x":1`: verify.ErrNoSubject, `"user_id":null`: bearer.ErrUserGone, `"user_id":"nobody"`: bearer.ErrUserGone,
	} {
		_, err := p.authenticate(t, p.foreign(0, claims))
		fails(t, claims, err, want)
	}
	p.clock.move(90*time.Second + time.Millisecond)
	sessions := &session.Service{Store: p.db, InTx: store.TxFunc[session.Administration](p.db), Now: p.clock.now, Horizon: time.Minute}
	must(t, sessions.SignOutEverywhere(t.Context(), access.Caller{Kind: access.Person, UserID: a.user.ID}))
	p.clock.move(time.Hour) // every cut-off is over
	must(t, p.Log.Sync(t.Context()))
	p.Log.Revocations.Drop(p.clock.now())
	for at, want := range map[int64]error{0: verify.ErrRevoked, 90: verify.ErrRevoked, 91: nil} {
		_, err := p.authenticate(t, p.foreign(at, named(a.user.ID)))
		fails(t, fmt.Sprintf("signed after %d s", at), err, want)
	}
	p.Original.Bridge.Until = p.clock.now()
	_, err = p.authenticate(t, p.foreign(91, named(a.user.ID)))
	fails(t, "after the bridge", err, verify.ErrIssuer)
}

// People who are not named by their id are cut off by it all the same.
func TestNamed(t *testing.T) {
	t.Parallel()
	p := likeTheOriginal(t, func(b *bearer.Original, o *token.Original) { o.UserIDField, o.UserIDClaim = "username", "sub" })
	p.Original.Named = func(ctx context.Context, claim string) (ident.UserID, error) {
		u, err := p.db.UserByUsername(ctx, claim, "")
		return u.ID, err
	}
	p.Original.Holder = func(ctx context.Context, id ident.SessionID) (ident.UserID, error) {
		held, err := p.db.Session(ctx, id)
		return held.UserID, err
	}
	a := p.add(t, "ann")
	raw, _, err := p.issuer.Access(token.Subject{ID: a.user.ID, Username: "ann", RightsVersion: a.user.RightsVersion}, a.session)
	must(t, err)
	who, err := p.authenticate(t, raw.Reveal())
	if err != nil || who.User.ID != a.user.ID {
		t.Fatalf("%+v, %v", who, err)
	}
	_, err = p.authenticate(t, p.foreign(0, `"sub":"bob"`))
	fails(t, "nobody's", err, bearer.ErrUserGone)
	e := event.New(access.Command("test"), p.clock.now(), event.UserUpdated, event.User(a.user.ID, "")).
		Revoking(session.UserCutOff(a.user.ID, a.user.RightsVersion+1, begin.Add(time.Hour), "test"))
	must(t, p.db.AppendEvent(t.Context(), e))
	must(t, p.Log.Sync(t.Context()))
	_, err = p.authenticate(t, raw.Reveal())
	fails(t, "after a cut-off of the account", err, verify.ErrRevoked)
}

// The original's mark of the password: what others signed needs the right one, and
// keeps it when the same password is only hashed anew.
func TestMarks(t *testing.T) {
	t.Parallel()
	p := likeTheOriginal(t, func(b *bearer.Original, o *token.Original) {
		b.RevokeClaim, o.RevokeClaim = "hash_password", "hash_password"
	})
	a := p.add(t, "ann")
	marked := func(mark string) string {
		return p.foreign(0, named(a.user.ID)+fmt.Sprintf(`,"hash_password":%q`, mark))
	}
	check := func(what, raw string, want error) {
		t.Helper()
		p.Snapshots.Drop(a.user.ID)
		_, err := p.authenticate(t, raw)
		fails(t, what, err, want)
	}
	old := user.PasswordMark(a.user.Password)
	check("the right one", marked(old), nil)
	check("another", marked("0CC175B9C0F1B6A831C399E269772661"), bearer.ErrPasswordChanged)
	check("an empty one", marked(""), bearer.ErrPasswordChanged)
	check("none", p.foreign(0, named(a.user.ID)), bearer.ErrPasswordChanged)
	check("a token of ours, which its version holds", a.access, nil)
	_, err := p.db.ReplacePassword(t.Context(), a.user.ID, a.user.Password, secret.New("hashed anew"))
	must(t, err)
	check("after a rehash", marked(old), nil)
	check("the new one", marked(user.PasswordMark(secret.New("hashed anew"))), nil)
	must(t, p.db.SetPassword(t.Context(), a.user.ID, secret.New("another password")))
	check("after a change", marked(old), bearer.ErrPasswordChanged)
}

// Where inactive accounts are let in, they are.
func TestInactiveToo(t *testing.T) {
	t.Parallel()
	for _, too := range []bool{false, true} {
		p := likeTheOriginal(t, func(b *bearer.Original, _ *token.Original) { b.InactiveToo = too })
		a := p.add(t, "ann")
		_, err := p.db.SetActive(t.Context(), a.user.ID, false)
		must(t, err)
		_, err = p.authenticate(t, p.foreign(0, named(a.user.ID)))
		if too {
			must(t, err)
		} else {
			fails(t, "an inactive account", err, bearer.ErrUserInactive)
		}
	}
}
