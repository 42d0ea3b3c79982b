package signin_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/verify"
)

// begin is the first moment of the tests.
var begin = time.UnixMilli(1_800_000_000_000).UTC()

var (
	here  = access.Origin{IP: "192.0.2.1", UserAgent: "agent/1", RequestID: "r-1"}
	there = access.Origin{IP: "198.51.100.9", UserAgent: "agent/2", RequestID: "r-2"}
)

// right is the password of everybody in the tests.
const right = "correct horse"

// tiny are costs that a test can afford many times.
var tiny = password.Parameters{MemoryKiB: 64, Iterations: 1, Parallelism: 1}

// clock is a time that stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// process is one process on a database.
type process struct {
	*signin.Service
	db    *store.DB
	clock *clock
	log   *event.Log
}

// start opens a database in a process of its own, with the settings of the
// preset or the default ones.
func start(t testing.TB, url string, c *clock, preset bool) *process {
	t.Helper()
	p := &process{db: storetest.Open(t, url), clock: c}
	root, err := secret.NewRoot(bytes.Repeat([]byte{1}, 32))
	must(t, err)
	cache, err := snapshot.New(p.db, 1000, c.now)
	must(t, err)
	p.log = &event.Log{
		Store: p.db, Key: root.Derive(secret.LabelEventChain, nil), Revocations: verify.NewRevocations(), Now: c.now,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Poll: time.Second, MaxStaleness: 5 * time.Second,
		Heard: cache.Heard, Forgot: cache.Forget,
	}
	p.db.OnCommit(p.log.Committed)
	must(t, p.log.Start(t.Context()))
	keys := &keyring.Keyring{
		Store: p.db, InTx: store.TxFunc[keyring.Store](p.db), Root: root, Now: c.now,
		Algorithm: verify.EdDSA, MaxAge: time.Minute, Overlap: time.Hour,
	}
	if preset {
		keys.Algorithm, keys.Shared = verify.HS256, secret.New(strings.Repeat("shared", 10))
	}
	must(t, keys.Load(t.Context()))
	hasher, err := password.NewHasher(password.Config{Parameters: tiny, Workers: 2, Queue: 1000, Nice: -1})
	must(t, err)
	t.Cleanup(hasher.Close)
	p.Service = &signin.Service{
		Store: p.db, InTx: store.TxFunc[signin.Store](p.db), Hasher: hasher, Snapshots: cache, Now: c.now,
		Issuer: &token.Issuer{
			Keys: keys, Root: root, Now: c.now, Name: "https://id.example.org", Audience: []string{"https://id.example.org"},
			Type: "JWT", Lifetime: 5 * time.Minute, PermissionsBudget: 1000,
		},
		Sessions: &session.Service{Store: p.db, InTx: store.TxFunc[session.Administration](p.db), Now: c.now, Horizon: 6 * time.Minute},
		Naming:   user.Naming{CaseSensitive: preset}, Failures: &signin.Failures{Store: p.db, Now: c.now},
		Rotate: true, Grace: time.Minute, OlderGenerations: preset,
		IdleLifetime: 14 * 24 * time.Hour, Lifetime: 30 * 24 * time.Hour, Fresh: p.log.Fresh,
	}
	if preset {
		p.Issuer.Name, p.Issuer.Audience = "", nil
		p.Issuer.Original = &token.Original{
			UserIDField: "id", UserIDClaim: "user_id", TokenTypeClaim: "token_type", IDClaim: "jti",
			SlidingLifetime: 5 * time.Minute, SlidingRefreshLifetime: 24 * time.Hour, SlidingExpiryClaim: "refresh_exp",
		}
		p.Original = &signin.Original{
			Bridge: &token.Bridge{Now: c.now},
			Named:  func(_ context.Context, claim string) (ident.UserID, error) { return ident.UserID(claim), nil },
		}
	}
	p.verifiers(t, preset)
	return p
}

func (p *process) verifiers(t testing.TB, preset bool) {
	t.Helper()
	read := func(change func(*verify.Config)) *verify.Verifier {
		cfg := p.Issuer.VerifierConfig()
		cfg.Revocations = p.log.Revocations
		change(&cfg)
		v, err := verify.New(cfg)
		must(t, err)
		return v
	}
	p.Access = read(func(*verify.Config) {})
	if preset {
		p.Original.Refreshes = read(func(c *verify.Config) { c.TokenTypes, c.SkipSubject = []string{"refresh"}, true })
		p.Original.Sliding = read(func(c *verify.Config) { c.TokenTypes, c.SkipSubject = []string{"sliding"}, true })
		p.Original.Any = read(func(c *verify.Config) {
			c.AnyTokenType, c.SkipSubject, c.SkipID, c.Revocations = true, true, true, nil
		})
	}
}

// alone is a process on an empty SQLite database.
func alone(t *testing.T) *process {
	t.Helper()
	return start(t, storetest.URL(t, "sqlite"), &clock{at: begin}, false)
}

// presetAlone is alone with the settings of the preset.
func presetAlone(t *testing.T) *process {
	t.Helper()
	return start(t, storetest.URL(t, "sqlite"), &clock{at: begin}, true)
}

// add makes an account with the right password, changed where a test says so.
func (p *process) add(t testing.TB, name string, change ...func(*user.User)) user.User {
	t.Helper()
	encoded, err := p.Hasher.Hash(t.Context(), secret.New(right))
	must(t, err)
	u := user.User{
		ID: ident.UserID(ident.New()), Username: name, UsernameKey: p.Naming.Key(name), Password: secret.New(encoded),
		Active: true, JoinedAt: begin,
	}
	for _, f := range change {
		f(&u)
	}
	must(t, p.db.InsertUser(t.Context(), u))
	return u
}

// administration is what an administrator's change of an account needs.
type administration interface {
	user.Store
	session.Store
}

// cut does in one transaction what disabling an account, or changing its
// password, does besides.
func (p *process) cut(ctx context.Context, id ident.UserID, why session.Reason, change func(administration) error) error {
	return store.TxFunc[administration](p.db)(ctx, func(tx administration) error {
		if err := change(tx); err != nil {
			return err
		}
		least, err := tx.RaiseRightsVersion(ctx, id)
		if err != nil {
			return err
		}
		if _, err := tx.EndUserSessions(ctx, id, p.clock.now(), why); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(access.Command("test"), p.clock.now(), event.UserUpdated, event.User(id, "")).
			Revoking(session.UserCutOff(id, least, begin.Add(time.Hour), string(why))))
	})
}

func (p *process) disable(ctx context.Context, id ident.UserID) error {
	return p.cut(ctx, id, session.UserDisabled, func(tx administration) error {
		_, err := tx.SetActive(ctx, id, false)
		return err
	})
}

func (p *process) changePassword(ctx context.Context, id ident.UserID, encoded string) error {
	return p.cut(ctx, id, session.PasswordChanged, func(tx administration) error {
		return tx.SetPassword(ctx, id, secret.New(encoded))
	})
}

// signIn signs in with the right password.
func (p *process) signIn(t testing.TB, name string) signin.Tokens {
	t.Helper()
	tokens, err := p.SignIn(t.Context(), here, name, secret.New(right))
	must(t, err)
	return tokens
}

// refresh trades a token that must be good.
func (p *process) refresh(t testing.TB, raw secret.Text) signin.Tokens {
	t.Helper()
	tokens, err := p.Refresh(t.Context(), here, raw.Reveal())
	must(t, err)
	return tokens
}

// refused trades a token and wants an error.
func (p *process) refused(t testing.TB, what string, raw secret.Text, want error) {
	t.Helper()
	_, err := p.Refresh(t.Context(), here, raw.Reveal())
	fails(t, what, err, want)
}

// live counts the sessions of an account that can be refreshed.
func (p *process) live(t testing.TB, id ident.UserID) int {
	t.Helper()
	found, err := p.db.Sessions(t.Context(), session.Filter{UserID: id, LiveAt: p.clock.now()}, page.Request{Limit: 100})
	must(t, err)
	return len(found.Items)
}

// row returns the session of tokens.
func (p *process) row(t testing.TB, of signin.Tokens) session.Session {
	t.Helper()
	found, err := p.db.Session(t.Context(), of.SessionID)
	must(t, err)
	return found
}

// recorded returns the events of an action, oldest first.
func (p *process) recorded(t testing.TB, action event.Action) []event.Event {
	t.Helper()
	must(t, p.log.Sync(t.Context()))
	rows, err := p.db.SealedEvents(t.Context(), 0, 1000)
	must(t, err)
	var found []event.Event
	for _, e := range rows {
		if e.Action == action {
			found = append(found, e)
		}
	}
	return found
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fails reports an error that is not the wanted one.
func fails(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// holderOf is the caller whose session it is.
func (p *process) holderOf(of signin.Tokens) access.Caller {
	return access.Caller{Kind: access.Person, UserID: of.UserID, Session: of.SessionID, Origin: here}
}
