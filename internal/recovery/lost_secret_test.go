package recovery_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/recovery"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// begin is the first moment of the tests.
var begin = time.UnixMilli(1_800_000_000_000).UTC()

func now() time.Time { return begin }

// process is one process on a database, with one instance secret.
type process struct {
	db     *store.DB
	log    *event.Log
	keys   *keyring.Keyring
	issuer *token.Issuer
}

func start(t *testing.T, url string, fill byte) *process {
	t.Helper()
	root, err := secret.NewRoot(bytes.Repeat([]byte{fill}, 32))
	must(t, err)
	p := &process{db: storetest.Open(t, url)}
	p.log = &event.Log{
		Store: p.db, Key: root.Derive(secret.LabelEventChain, nil), Revocations: verify.NewRevocations(), Now: now,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Poll: time.Second, MaxStaleness: 5 * time.Second,
		Heard: func(event.Event) {}, Forgot: func() {},
	}
	p.db.OnCommit(p.log.Committed)
	must(t, p.log.Start(t.Context()))
	p.keys = &keyring.Keyring{
		Store: p.db, InTx: store.TxFunc[keyring.Store](p.db), Root: root, Now: now,
		Algorithm: verify.ES256, MaxAge: time.Minute, Overlap: time.Hour,
	}
	p.issuer = &token.Issuer{
		Keys: p.keys, Root: root, Now: now, Name: "https://id.example.org", Audience: []string{"https://id.example.org"},
		Type: "JWT", Lifetime: 5 * time.Minute,
	}
	return p
}

func (p *process) recovery() *recovery.Service {
	return &recovery.Service{InTx: store.TxFunc[recovery.Store](p.db), Keys: p.keys, Now: now}
}

func (p *process) verify(t *testing.T, raw secret.Text) error {
	t.Helper()
	cfg := p.issuer.VerifierConfig()
	cfg.Revocations = p.log.Revocations
	v, err := verify.New(cfg)
	must(t, err)
	_, err = v.Verify(raw.Reveal())
	return err
}

// signedIn makes an account with a session.
func signedIn(t *testing.T, db *store.DB, name string) (user.User, session.Session) {
	t.Helper()
	u := user.User{
		ID: ident.UserID(ident.New()), Username: name, UsernameKey: name, Password: secret.New("$argon2id$" + name),
		Active: true, Superuser: true, RightsVersion: 4, JoinedAt: begin,
	}
	must(t, db.InsertUser(t.Context(), u))
	s := session.Session{
		ID: ident.SessionID(ident.New()), UserID: u.ID, RotatedAt: begin, Salt: secret.Bytes(session.SaltBytes), CreatedAt: begin,
		IdleExpiresAt: begin.Add(time.Hour), ExpiresAt: begin.Add(time.Hour),
	}
	must(t, db.InsertSession(t.Context(), s))
	return u, s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails reports an error that is not the wanted one.
func fails(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// Everything that the lost secret made is given up, and the accounts stay.
func TestLostSecret(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		before := start(t, url, 1)
		must(t, before.keys.Load(t.Context()))
		_, err := before.keys.Rotate(t.Context(), access.Command("test"))
		must(t, err)
		u, s := signedIn(t, before.db, "ann")
		_, other := signedIn(t, before.db, "bob")
		old, _, err := before.issuer.Access(token.Subject{ID: u.ID}, s)
		must(t, err)
		oldRefresh, err := before.issuer.Refresh(s, token.Subject{})
		must(t, err)
		must(t, before.verify(t, old))
		must(t, before.log.Sync(t.Context()))

		after := start(t, url, 2)
		fails(t, "Load with the new secret", after.keys.Load(t.Context()), keyring.ErrWrongSecret)
		r := after.recovery()
		inTx := r.InTx
		r.InTx = func(ctx context.Context, fn func(recovery.Store) error) error {
			err := inTx(ctx, fn)
			// A process that still has the lost secret hears of it first, and does not
			// take the database back.
			fails(t, "Load with the lost secret at this moment", before.keys.Load(ctx), keyring.ErrWrongSecret)
			return err
		}
		result, err := r.LostSecret(t.Context(), access.Command("root"))
		if err != nil || result != (recovery.Result{Keys: 2, Sessions: 2}) {
			t.Fatalf("LostSecret = %+v, %v", result, err)
		}
		must(t, after.log.Sync(t.Context()))

		for _, id := range []ident.SessionID{s.ID, other.ID} {
			row, err := after.db.Session(t.Context(), id)
			must(t, err)
			if row.EndReason != session.SecretLost || !row.EndedAt.Equal(begin) {
				t.Errorf("session ended at %s for %q", row.EndedAt, row.EndReason)
			}
		}
		kept, err := after.db.User(t.Context(), u.ID)
		must(t, err)
		if kept.Username != u.Username || !kept.Active || !kept.Superuser || !kept.Password.Equal(u.Password) {
			t.Errorf("the account is %+v", kept)
		}
		if after.verify(t, old) == nil {
			t.Error("an old access token is good")
		}
		presented, err := after.issuer.ParseRefresh(oldRefresh.Reveal(), nil)
		must(t, err)
		fails(t, "an old refresh token", after.issuer.Prove(presented, s), token.ErrRefreshInvalid)
		works(t, after, u)
		chained(t, after)

		must(t, before.log.Sync(t.Context()))
		fails(t, "its old token there", before.verify(t, old), verify.ErrRevoked)
		fails(t, "Load there", before.keys.Load(t.Context()), keyring.ErrWrongSecret)
		// A process that goes on with the keys that it has believes none of them
		// again, however much later.
		before.log.Revocations.Drop(begin.Add(365 * 24 * time.Hour))
		fresh, _, err := before.issuer.Access(token.Subject{ID: u.ID}, s)
		must(t, err)
		fails(t, "a token that it signs later", before.verify(t, fresh), verify.ErrRevoked)
		must(t, start(t, url, 2).keys.Load(t.Context()))
	})
}

// works signs somebody in with the new secret.
func works(t *testing.T, p *process, u user.User) {
	t.Helper()
	s := session.Session{
		ID: ident.SessionID(ident.New()), UserID: u.ID, RotatedAt: begin, Salt: secret.Bytes(session.SaltBytes), CreatedAt: begin,
		IdleExpiresAt: begin.Add(time.Hour), ExpiresAt: begin.Add(time.Hour),
	}
	must(t, p.db.InsertSession(t.Context(), s))
	raw, _, err := p.issuer.Access(token.Subject{ID: u.ID, RightsVersion: u.RightsVersion}, s)
	must(t, err)
	must(t, p.verify(t, raw))
	keys, err := p.keys.List(t.Context(), access.Command("test"))
	must(t, err)
	if len(keys) != 1 || keys[0].State != keyring.Active {
		t.Errorf("keys = %+v, want one new one that signs at once", keys)
	}
}

// chained wants the chain to begin anew at the last event that records the loss.
func chained(t *testing.T, p *process) {
	t.Helper()
	rows, err := p.db.SealedEvents(t.Context(), 0, 1000)
	must(t, err)
	var from int64
	resets := 0
	for _, e := range rows {
		if e.Action != event.KeysReset {
			continue
		}
		from, resets = e.Seq, resets+1
		if e.Cutoff == nil || e.Cutoff.Kind != verify.CutoffSigningKey || e.Cutoff.ID != e.Subject.ID || !e.Cutoff.Until.IsZero() ||
			e.Actor.Kind != access.Operator || e.Actor.Name != "root" {
			t.Errorf("recorded %+v", e)
		}
	}
	if resets != 2 {
		t.Errorf("%d events record the loss, want one for each key", resets)
	}
	report, err := p.log.Check(t.Context())
	if err != nil || report.From != from || report.Checked != int64(len(rows))-from+1 {
		t.Errorf("Check = %+v, %v, want from %d of %d rows", report, err, from, len(rows))
	}
}

// With a shared secret there are no keys, and the loss is recorded all the same.
func TestLostSecretWithASharedSecret(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	shared := func(fill byte) *process {
		p := start(t, url, fill)
		p.keys.Algorithm, p.keys.Shared = verify.HS256, secret.New(strings.Repeat("shared", 10))
		return p
	}
	before := shared(1)
	must(t, before.keys.Load(t.Context()))
	_, s := signedIn(t, before.db, "ann")
	before.keys = nil
	after := shared(2)
	result, err := after.recovery().LostSecret(t.Context(), access.Command("root"))
	if err != nil || result != (recovery.Result{Sessions: 1}) {
		t.Fatalf("LostSecret = %+v, %v", result, err)
	}
	must(t, after.log.Sync(t.Context()))
	if report, err := after.log.Check(t.Context()); err != nil || report.From != 1 || report.Checked != 1 {
		t.Errorf("Check = %+v, %v", report, err)
	}
	row, err := after.db.Session(t.Context(), s.ID)
	must(t, err)
	if row.EndReason != session.SecretLost {
		t.Errorf("the session ended for %q", row.EndReason)
	}
}

// Only an operator starts over, whatever rights a person holds.
func TestWhoMay(t *testing.T) {
	t.Parallel()
	p := start(t, storetest.URL(t, "sqlite"), 1)
	must(t, p.keys.Load(t.Context()))
	_, s := signedIn(t, p.db, "ann")
	for _, who := range []access.Caller{{}, {Kind: access.Anonymous}, {Kind: access.Person, UserID: "u", Rights: access.Rights{Superuser: true, Staff: true}}} {
		_, err := p.recovery().LostSecret(t.Context(), who)
		fails(t, string(who.Kind), err, access.ErrForbidden)
	}
	row, err := p.db.Session(t.Context(), s.ID)
	must(t, err)
	records, err := p.db.SigningKeys(t.Context())
	must(t, err)
	if !row.EndedAt.IsZero() || len(records) != 1 {
		t.Error("a refusal gave something up")
	}
}

// A loss is given up as a whole or not at all.
func TestLostSecretIsOneTransaction(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	before := start(t, url, 1)
	must(t, before.keys.Load(t.Context()))
	_, s := signedIn(t, before.db, "ann")
	after := start(t, url, 2)
	broken := errors.New("the disk is full")
	r := after.recovery()
	inTx := r.InTx
	r.InTx = func(ctx context.Context, fn func(recovery.Store) error) error {
		return inTx(ctx, func(tx recovery.Store) error { return errors.Join(fn(tx), broken) })
	}
	result, err := r.LostSecret(t.Context(), access.Command("root"))
	if !errors.Is(err, broken) || fault.KindOf(err) != fault.Internal || result != (recovery.Result{}) {
		t.Errorf("LostSecret = %+v, %v", result, err)
	}
	must(t, before.keys.Load(t.Context()))
	row, err := before.db.Session(t.Context(), s.ID)
	must(t, err)
	if !row.EndedAt.IsZero() {
		t.Error("the session ended")
	}
}

// A second loss is given up as the first, and the database is
// left with the keys of one secret.
func TestLostSecretTwice(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t, "sqlite")
	must(t, start(t, url, 1).keys.Load(t.Context()))
	after := start(t, url, 2)
	for range 2 {
		_, err := after.recovery().LostSecret(t.Context(), access.Command("root"))
		must(t, err)
	}
	must(t, start(t, url, 2).keys.Load(t.Context()))
	if report, err := after.log.Check(t.Context()); err != nil || report.Checked == 0 {
		t.Errorf("Check = %+v, %v", report, err)
	}
}
