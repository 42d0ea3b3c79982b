package keyring

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/verify"
)

// Keyring is one process's view of the keys.
type Keyring struct {
	Store Store
	InTx  func(context.Context, func(Store) error) error
	Root  secret.Root
	Now   func() time.Time

	// Algorithm is what new keys are made for. With HS256, HS384 and HS512 Shared
	// is the one key.
	Algorithm verify.Algorithm
	Shared    secret.Text

	// Fixed is the one key of Algorithm where the configuration gives it.
	Fixed *FixedKey

	// Remote returns the keys of another issuer, never nil. With it this process
	// only verifies, and has no keys of its own.
	Remote func() *verify.KeySet

	// Foreign is a key that only another issuer signs with: tokens are verified with
	// it and it is not published. nil for none.
	Foreign *verify.Key

	// MaxAge is how long verifiers may keep the published set: a new key is
	// published for twice as long before it signs.
	MaxAge time.Duration

	// Overlap is how long a key stays published after it stopped signing: the
	// lifetime of what it signed, and a margin.
	Overlap time.Duration

	changing sync.Mutex // held to read or change what is kept
	turning  sync.Mutex // held to make the view of another time; no statement runs under it
	view     atomic.Pointer[view]
}

// loaded is what was read from the store.
type loaded struct {
	records  []Record
	privates map[string]crypto.Signer
}

// view is the keys at one span of time.
type view struct {
	from   *loaded   // nil when the configuration gives the keys
	until  time.Time // when it has to be made anew; zero: never
	keys   []Key
	signer *Signer        // nil in a process that only verifies
	set    *verify.KeySet // nil with keys of another issuer
	jwks   []byte
}

const checkText = "countersign"

// Load reads the keys, and makes the first one in a new database. It returns
// ErrWrongSecret when they do not open. Call it at start and whenever an event
// says that the keys changed.
func (k *Keyring) Load(ctx context.Context) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	if err := k.prepare(ctx); err != nil {
		return err
	}
	if k.given() {
		return k.loadGiven()
	}
	records, err := k.Store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	box := k.Root.Box(secret.LabelSigningKeys)
	next := &loaded{records: records, privates: make(map[string]crypto.Signer, len(records))}
	for _, r := range records {
		if next.privates[r.ID], err = open(r, box); err != nil {
			return err
		}
	}
	v, err := k.build(next, k.Now())
	if err != nil {
		return err
	}
	k.view.Store(v)
	return nil
}

// prepare checks the instance secret against the database and makes what is
// missing: the check itself, and a key of the configured algorithm.
func (k *Keyring) prepare(ctx context.Context) error {
	for range 5 { // a lost race is followed by a look at what the winner wrote
		version, err := k.Store.KeyringVersion(ctx)
		if err != nil {
			return fmt.Errorf("read the keyring's version: %w", err)
		}
		check, err := k.Store.SecretCheck(ctx)
		if err != nil {
			return fmt.Errorf("read the secret check: %w", err)
		}
		if check != nil {
			if _, err := k.Root.Box(secret.LabelCheck).Open(check, checkText); err != nil {
				return ErrWrongSecret.Because(err)
			}
		}
		missing, err := k.missing(ctx)
		if err != nil {
			return err
		}
		if check != nil && missing == nil {
			return nil
		}
		won, err := k.write(ctx, access.Command("countersign"), edit{version: version, check: check == nil, add: missing})
		if err != nil {
			return err
		}
		if won {
			return nil
		}
	}
	return ErrBusy
}

// missing returns a new key when there is none, or when the newest one is not of
// the configured algorithm, else nil; always nil when the configuration gives the
// keys. The first key of all signs at once, for no
// verifier can know another; a later one is published first. Only a process that
// starts changes the algorithm: two that are configured differently and hear of
// each other's keys would go on making keys for ever.
func (k *Keyring) missing(ctx context.Context) (*Record, error) {
	if k.given() {
		return nil, nil
	}
	records, err := k.Store.SigningKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the signing keys: %w", err)
	}
	activates := k.Now()
	if keys := states(records, activates, k.Overlap); len(keys) > 0 {
		if k.view.Load() != nil || keys[len(keys)-1].Algorithm == k.Algorithm {
			return nil, nil
		}
		activates = activates.Add(2 * k.MaxAge)
	}
	return k.newKey(activates)
}

func (k *Keyring) newKey(activates time.Time) (*Record, error) {
	private, err := generate(k.Algorithm)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	r, err := newRecord(k.Algorithm, private, k.Root.Box(secret.LabelSigningKeys))
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	r.CreatedAt, r.ActivatesAt = k.Now(), activates
	return &r, nil
}

// edit is one change of the keys.
type edit struct {
	version int64 // of the keyring that the change was decided on
	check   bool  // whether the secret check is written
	add     *Record
	drop    []string
}

// write claims the keyring and makes the change. It reports whether this process
// won the claim.
func (k *Keyring) write(ctx context.Context, who access.Caller, e edit) (bool, error) {
	won := false
	err := k.InTx(ctx, func(tx Store) error {
		var err error
		won, err = tx.ClaimKeyring(ctx, e.version)
		if err != nil || !won {
			return err
		}
		if e.check {
			if err := tx.SetSecretCheck(ctx, k.SecretCheck()); err != nil {
				return err
			}
		}
		for _, id := range e.drop {
			if err := tx.DeleteSigningKey(ctx, id); err != nil {
				return err
			}
		}
		if e.add == nil {
			return nil
		}
		if err := tx.InsertSigningKey(ctx, *e.add); err != nil {
			return err
		}
		return tx.AppendEvent(ctx, event.New(who, e.add.CreatedAt, event.KeyCreated, event.Key(e.add.ID)).
			With(map[string]any{"algorithm": e.add.Algorithm, "activates_at": e.add.ActivatesAt.Format(time.RFC3339)}))
	})
	if err != nil {
		return false, fmt.Errorf("write a signing key: %w", err)
	}
	return won, nil
}

// build makes the view of a moment.
func (k *Keyring) build(from *loaded, now time.Time) (*view, error) {
	v := &view{from: from, keys: states(from.records, now, k.Overlap)}
	v.until = nextChange(v.keys, now)
	published := make([]verify.Key, 0, len(v.keys))
	public := make([]json.RawMessage, 0, len(v.keys))
	for _, key := range v.keys {
		if key.State == Retired {
			continue
		}
		private := from.privates[key.ID]
		published = append(published, verify.Key{ID: key.ID, Algorithm: key.Algorithm, Public: private.Public()})
		for _, r := range from.records {
			if r.ID == key.ID {
				public = append(public, json.RawMessage(r.Public))
			}
		}
		if key.State != Active {
			continue
		}
		signer, err := newSigner(key.ID, key.Algorithm, private)
		if err != nil {
			return nil, err
		}
		v.signer = signer
	}
	if v.signer == nil {
		return nil, errors.New("no signing key is active")
	}
	if k.Foreign != nil {
		published = append(published, *k.Foreign)
	}
	var err error
	if v.set, err = verify.NewKeySet(published...); err != nil {
		return nil, fmt.Errorf("the signing keys: %w", err)
	}
	v.jwks, err = json.Marshal(map[string]any{"keys": public})
	return v, err
}

// current returns the view of now, made anew when a key changed its state.
func (k *Keyring) current() *view {
	v := k.view.Load()
	now := k.Now()
	if v.until.IsZero() || now.Before(v.until) {
		return v
	}
	k.turning.Lock()
	defer k.turning.Unlock()
	if v = k.view.Load(); v.until.IsZero() || now.Before(v.until) {
		return v
	}
	next, err := k.build(v.from, now)
	if err != nil {
		// The same keys were built once already: what signed then signs on.
		return v
	}
	if !k.view.CompareAndSwap(v, next) {
		return k.view.Load() // what was loaded meanwhile knows more
	}
	return next
}
