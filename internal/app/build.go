package app

import (
	"runtime"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/bearer"
	"github.com/countersign/countersign/internal/catalogue"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/password/strength"
	"github.com/countersign/countersign/internal/recovery"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/userfile"
	"github.com/countersign/countersign/verify"
)

// build makes features and flows, each over what it needs.
func (a *App) build() error {
	cfg, now := a.cfg, a.clock.now
	// Tokens are made of what a process remembers, which may be that much older.
	horizon := accepted(cfg) + cfg.MaxStaleness + margin
	naming := user.Naming{CaseSensitive: cfg.SimpleJWT()}

	var err error
	if a.cache, err = snapshot.New(a.db, snapshots, now); err != nil {
		return err
	}
	if a.hasher, err = password.NewHasher(password.Config{
		Parameters: password.Parameters{
			MemoryKiB: uint32(cfg.HashMemoryKiB), Iterations: uint32(cfg.HashIterations), Parallelism: uint8(cfg.HashParallelism),
		},
		Workers: cfg.HashWorkers, Queue: cfg.HashQueue,
	}); err != nil {
		return err
	}
	a.Events = &event.Log{
		Store: a.db, Key: a.root.Derive(secret.LabelEventChain, nil), CheckpointKey: a.root.Derive(secret.LabelEventCut, nil),
		Revocations: verify.NewRevocations(),
		Now:         now, Log: a.log, Poll: cfg.RevocationPoll, MaxStaleness: cfg.MaxStaleness,
		Heard: a.heard, Forgot: a.forgot,
	}
	a.Keys = &keyring.Keyring{
		Store: a.db, InTx: store.TxFunc[keyring.Store](a.db), Root: a.root, Now: now,
		Algorithm: verify.Algorithm(cfg.Algorithm), Shared: cfg.SigningSecret,
		MaxAge: cfg.JWKSMaxAge, Overlap: signed(cfg) + margin + keyMargin,
	}
	if err := a.givenKeys(); err != nil {
		return err
	}
	a.issuer = a.newIssuer()
	a.Sessions = &session.Service{Store: a.db, InTx: store.TxFunc[session.Administration](a.db), Now: now, Horizon: horizon}
	a.Roles = &role.Service{Store: a.db, InTx: store.TxFunc[role.Store](a.db), Now: now, Horizon: horizon, Audiences: cfg.Audience}
	a.Catalogues = &catalogue.Service{Roles: a.Roles}
	a.Accounts = &account.Service{
		Store: a.db, InTx: store.TxFunc[account.Store](a.db), Hasher: a.hasher, Naming: naming, Now: now,
		Policy:     password.Policy{MinLength: cfg.PasswordMinLength, MinScore: cfg.PasswordMinScore, Score: strength.Score},
		IntegerIDs: cfg.IntegerIDs(), RegistrationOpen: cfg.RegistrationOpen(), PublicURL: cfg.PublicURL, Horizon: horizon,
	}
	a.Recovery = &recovery.Service{InTx: store.TxFunc[recovery.Store](a.db), Keys: a.Keys, Now: now}
	a.SignIn = &signin.Service{
		Store: a.db, InTx: store.TxFunc[signin.Store](a.db), Hasher: a.hasher, Issuer: a.issuer, Snapshots: a.cache,
		Sessions: a.Sessions, Naming: naming, Failures: &signin.Failures{Store: a.db, Now: now}, Now: now,
		ByEmail: cfg.SignInByEmail, KeepLastSignIn: !cfg.UpdateLastSignIn,
		Rotate: cfg.RotateRefresh, Grace: cfg.RefreshGrace,
		IdleLifetime: cfg.RefreshIdleLifetime, Lifetime: cfg.RefreshLifetime, Fresh: a.Events.Fresh,
	}
	a.Accounts.Prove = a.SignIn.Prove
	a.UserFiles = &userfile.Service{
		Store: a.db, InTx: store.TxFunc[userfile.Store](a.db), Roles: a.Roles, Hasher: a.hasher, Policy: a.Accounts.Policy,
		Naming: naming, Now: now, IntegerIDs: cfg.IntegerIDs(),
	}
	a.Bearer = &bearer.Service{Snapshots: a.cache, Log: a.Events}
	a.browsers()
	a.preset()
	return nil
}

// verifiers makes what reads tokens. The keys must be loaded.
func (a *App) verifiers() error {
	access, err := a.verifier(func(c *verify.Config) { c.TokenTypes = a.accessTypes() })
	if err != nil {
		return err
	}
	a.Bearer.Verifier, a.SignIn.Access = access, access
	if !a.cfg.SimpleJWT() {
		return nil
	}
	return a.presetVerifiers()
}

// raiseProcs gives the scheduler more threads than the hashers hold, so that the
// operating system, which knows their priority, decides who runs.
func (a *App) raiseProcs() {
	if want := password.RecommendedProcs(a.hasher.Workers()); want > runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(want)
	}
}
