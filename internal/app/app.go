package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/browser"
	"github.com/countersign/countersign/internal/catalogue"
	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/dashboard"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/recovery"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/token"
	"github.com/countersign/countersign/internal/userfile"
	"github.com/countersign/countersign/verify"
)

const (
	// margin is added to the lifetime of tokens to know when nobody can believe one
	// any more: the largest leeway of a verifier, and five seconds for
	// requests that were under way.
	margin = 35 * time.Second

	// keyMargin is how much longer than that a key stays published.
	keyMargin = 5 * time.Minute

	snapshots   = 20_000          // accounts that are remembered
	sealTimeout = 5 * time.Second // for the last events, when the process ends
)

// App is the service.
type App struct {
	Accounts   *account.Service
	Roles      *role.Service
	Catalogues *catalogue.Service
	Sessions   *session.Service
	SignIn     *signin.Service
	Bearer     *bearer.Service
	Browsers   *browser.Service
	Dashboard  *dashboard.Service
	Keys       *keyring.Keyring
	Events     *event.Log
	Recovery   *recovery.Service
	UserFiles  *userfile.Service

	cfg     *config.Config
	log     *slog.Logger
	db      *store.DB
	root    secret.Root
	clock   *clock
	hasher  *password.Hasher
	cache   *snapshot.Cache
	issuer  *token.Issuer
	bridge  *token.Bridge      // nil outside the preset
	remote  *verify.RemoteKeys // nil unless another issuer's keys are followed
	rekeyed chan struct{}      // an event said that the keys changed

	lostSecret bool // a new secret may take the place of the database's
}

// Open makes the service. It migrates the database where the configuration says
// so and refuses one with another schema; it refuses an instance secret that is
// not the database's. Close what it returns.
func Open(ctx context.Context, cfg *config.Config, log *slog.Logger) (*App, error) {
	return OpenAt(ctx, cfg, log, time.Now)
}

// OpenAt is Open with another clock in place of this machine's: tests move time
// with it. Timers and deadlines stay the machine's.
func OpenAt(ctx context.Context, cfg *config.Config, log *slog.Logger, now func() time.Time) (*App, error) {
	a := &App{cfg: cfg, log: log, clock: &clock{machine: now}, rekeyed: make(chan struct{}, 1)}
	if err := a.assemble(ctx); err != nil {
		return nil, err
	}
	if err := a.Keys.Load(ctx); err != nil {
		a.Close()
		return nil, err
	}
	if err := a.verifiers(); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// OpenWithLostSecret makes the service without looking at the keys that the lost
// secret sealed. Only Recovery is of use in it.
func OpenWithLostSecret(ctx context.Context, cfg *config.Config, log *slog.Logger) (*App, error) {
	a := &App{cfg: cfg, log: log, clock: &clock{machine: time.Now}, lostSecret: true, rekeyed: make(chan struct{}, 1)}
	if err := a.assemble(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// assemble closes what it opened when it fails.
func (a *App) assemble(ctx context.Context) error {
	err := a.open(ctx)
	if err == nil {
		err = a.build()
	}
	if err == nil {
		a.db.OnCommit(a.Events.Committed)
		err = a.Events.Start(ctx)
	}
	if err != nil {
		a.Close()
	}
	return err
}

// open connects to what is outside: the database, its schema, the instance
// secret, and the database's clock.
func (a *App) open(ctx context.Context) error {
	if err := a.cfg.RequireSecret(); err != nil {
		return err
	}
	if a.cfg.SQLite() {
		if err := os.MkdirAll(a.cfg.DataDir, 0o700); err != nil {
			return fmt.Errorf("make the data directory: %w", err)
		}
	}
	var err error
	if a.db, err = openStore(ctx, a.cfg, a.log); err != nil {
		return err
	}
	if a.cfg.Migrates() {
		if _, err := a.db.Migrate(ctx); err != nil {
			return err
		}
	}
	// Also after a migration, which is content with a schema of the future.
	if err := a.db.CheckSchema(ctx); err != nil {
		return err
	}
	if err := a.readSecret(ctx); err != nil {
		return err
	}
	a.clock.db = a.db
	return a.clock.measure(ctx)
}

// errSecretGone is returned when the secret of an SQLite database is not where it
// was made. A new one would be of no use, and in the way of the right one.
var errSecretGone = fault.New(fault.Internal, "instance_secret_missing",
	"This database was made with an instance secret, and the file instance.secret is not in the data directory. Put it back. "+
		"If it is lost: countersign keys reset --lost-secret --yes makes new keys and ends all sessions.")

// readSecret reads the instance secret, or makes the first one of a new SQLite
// database.
func (a *App) readSecret(ctx context.Context) error {
	check, err := a.db.SecretCheck(ctx)
	if err != nil {
		return err
	}
	missing, err := a.cfg.SecretMissing()
	if err != nil {
		return err
	}
	if missing && check != nil && !a.lostSecret {
		return errSecretGone
	}
	raw, created, err := a.cfg.RootSecret()
	if err != nil {
		return err
	}
	if created {
		a.log.InfoContext(ctx, "made an instance secret; keep a copy of it apart from the database", "data_dir", a.cfg.DataDir)
	}
	a.root, err = secret.NewRoot(raw)
	return err
}

func openStore(ctx context.Context, cfg *config.Config, log *slog.Logger) (*store.DB, error) {
	return store.Open(ctx, cfg.DatabaseURL.Reveal(), store.Options{MaxConns: cfg.DatabaseMaxConns, Log: log})
}

// Migrate brings the schema of the configured database up to date and returns how
// many migrations it applied.
func Migrate(ctx context.Context, cfg *config.Config, log *slog.Logger) (int, error) {
	db, err := openStore(ctx, cfg, log)
	if err != nil {
		return 0, err
	}
	n, err := db.Migrate(ctx)
	if err == nil {
		err = db.CheckSchema(ctx)
	}
	return n, errors.Join(err, db.Close())
}

// Close seals the last events and closes the database. Serve must have returned.
func (a *App) Close() {
	if a.hasher != nil {
		a.hasher.Close()
	}
	if a.db == nil {
		return
	}
	if a.Events != nil && a.Events.Started() {
		ctx, cancel := context.WithTimeout(context.Background(), sealTimeout)
		defer cancel()
		if err := a.Events.Sync(ctx); err != nil {
			a.log.WarnContext(ctx, "the last events are committed, but not sealed yet", "err", err)
		}
	}
	if err := a.db.Close(); err != nil {
		a.log.Warn("close the database", "err", err)
	}
}

// heard is told of every event.
func (a *App) heard(e event.Event) {
	a.cache.Heard(e)
	if e.Subject.Kind == "key" {
		a.newKeys()
	}
}

// forgot is called when events were missed.
func (a *App) forgot() {
	a.cache.Forget()
	a.newKeys()
}

// newKeys has the keys loaded soon.
func (a *App) newKeys() {
	select {
	case a.rekeyed <- struct{}{}:
	default: // a reload waits already
	}
}

// ready returns nil when the service can do its work.
func (a *App) ready(ctx context.Context) error {
	// One statement that reads the database itself; SQLite answers a ping without.
	if err := a.db.CheckSchema(ctx); err != nil {
		return err
	}
	return a.Events.Fresh()
}

// SetupURL makes the one-time setup link. It returns account.ErrSetupDone when a
// superuser exists.
func (a *App) SetupURL(ctx context.Context) (secret.Text, error) {
	link, err := a.Accounts.SetupLink(ctx, access.Command("countersign"))
	if err != nil {
		return secret.Text{}, err
	}
	return secret.New(a.cfg.PublicURL + "/setup/" + link.Reveal()), nil
}

func (a *App) verifier(change func(*verify.Config)) (*verify.Verifier, error) {
	c := a.issuer.VerifierConfig()
	c.Revocations = a.Events.Revocations
	if a.remote != nil {
		c.Missing = a.remote.Missed
	}
	change(&c)
	if c.AnyTokenType { // where the settings say that tokens have no type
		c.TokenTypes = nil
	}
	v, err := verify.New(c)
	if err != nil {
		return nil, fmt.Errorf("make a verifier: %w", err)
	}
	return v, nil
}
