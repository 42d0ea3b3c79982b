package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// RevokedTokens tests what session.Store asks for about tokens of another issuer,
// and what an account keeps about them.
func RevokedTokens(t *testing.T, db *store.DB) {
	t.Run("round_trip", func(t *testing.T) { revokedRoundTrip(t, db) })
	t.Run("revoke_has_one_winner", func(t *testing.T) { revokeRace(t, db) })
	t.Run("revoke_many", func(t *testing.T) { revokeMany(t, db) })
	t.Run("delete", func(t *testing.T) { deleteRevoked(t, db) })
	t.Run("nothing_is_left", func(t *testing.T) { revokedRollback(t, db) })
	t.Run("signed_out", func(t *testing.T) { signedOut(t, db) })
	t.Run("replaced_mark", func(t *testing.T) { replacedMark(t, db) })
}

// foreign is a revoked token in which every field has a value.
func foreign(id string) session.RevokedToken {
	return session.RevokedToken{
		ID: id, UserID: "42", SessionID: "s-1", RevokedAt: moment(5), ExpiresAt: moment(900), Reason: session.Exchanged,
	}
}

func revokedRoundTrip(t *testing.T, db *store.DB) {
	ctx := t.Context()
	long := foreign(strings.Repeat("é", 127)) // 254 bytes
	bare := session.RevokedToken{ID: "bare", RevokedAt: moment(1), ExpiresAt: moment(2), Reason: session.SignedOut}
	for _, want := range []session.RevokedToken{foreign("one"), long, bare} {
		must(t, db.RevokeToken(ctx, want))
		is(t, "RevokedToken", get[session.RevokedToken](t)(db.RevokedToken(ctx, want.ID)), want)
		again := want
		again.Reason = session.Blacklisted
		fails(t, "RevokeToken again", db.RevokeToken(ctx, again), session.ErrTokenRevoked)
		is(t, "after that", get[session.RevokedToken](t)(db.RevokedToken(ctx, want.ID)), want)
	}
	for _, other := range []string{"", "ONE", "one ", "on", "one\x00", "\xff"} {
		_, err := db.RevokedToken(ctx, other)
		fails(t, fmt.Sprintf("RevokedToken %q", other), err, session.ErrNotFound)
	}
	if db.RevokeToken(ctx, foreign("\xff")) == nil {
		t.Error("a jti that is no text was kept")
	}
}

func revokeRace(t *testing.T, db *store.DB) {
	n := race(t, func(int) (bool, error) {
		err := store.TxFunc[session.Store](db)(t.Context(), func(tx session.Store) error {
			return tx.RevokeToken(t.Context(), foreign("raced"))
		})
		if errors.Is(err, session.ErrTokenRevoked) {
			return false, nil
		}
		return err == nil, err
	})
	is(t, "winners", n, 1)
}

func revokeMany(t *testing.T, db *store.DB) {
	ctx := t.Context()
	all := []session.RevokedToken{foreign("m1"), foreign("m2"), foreign("m1")}
	is(t, "the first time", get[int64](t)(db.RevokeTokens(ctx, all)), 2)
	is(t, "the second time", get[int64](t)(db.RevokeTokens(ctx, append(all, foreign("m3")))), 1)
	is(t, "of none", get[int64](t)(db.RevokeTokens(ctx, nil)), 0)
}

func deleteRevoked(t *testing.T, db *store.DB) {
	ctx := t.Context()
	for i, id := range []string{"d1", "d2", "d3"} {
		f := foreign(id)
		f.ExpiresAt = moment(int64(-1000 + i))
		must(t, db.RevokeToken(ctx, f))
	}
	is(t, "no more than asked", get[int64](t)(db.DeleteRevokedTokens(ctx, moment(-998), 1)), 1)
	is(t, "the rest", get[int64](t)(db.DeleteRevokedTokens(ctx, moment(-998), 10)), 1)
	is(t, "the one that has not expired", get[session.RevokedToken](t)(db.RevokedToken(ctx, "d3")).ID, "d3")
}

func revokedRollback(t *testing.T, db *store.DB) {
	ctx := t.Context()
	err := store.TxFunc[session.Store](db)(ctx, func(tx session.Store) error {
		if err := tx.RevokeToken(ctx, foreign("never")); err != nil {
			return err
		}
		return errAbandon
	})
	fails(t, "the transaction", err, errAbandon)
	_, err = db.RevokedToken(ctx, "never")
	fails(t, "RevokedToken after a rollback", err, session.ErrNotFound)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if db.RevokeToken(cancelled, foreign("never")) == nil {
		t.Error("RevokeToken with a cancelled context: no error")
	}
}

func signedOut(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u, other := addUser(t, db, "out"), addUser(t, db, "stays-in")
	get[int64](t)(db.EndUserSessions(ctx, u.ID, moment(60), session.SignedOutEverywhere))
	is(t, "whose sessions ended", get[user.User](t)(db.User(ctx, u.ID)).SignedOutAt, moment(60))
	is(t, "somebody else", get[user.User](t)(db.User(ctx, other.ID)).SignedOutAt.IsZero(), true)
}

func replacedMark(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "marked")
	mark := func() string { return get[user.User](t)(db.User(ctx, u.ID)).ReplacedMark }
	is(t, "at the start", mark(), "")
	get[bool](t)(db.ReplacePassword(ctx, u.ID, secret.New("another"), secret.New("new")))
	is(t, "after a replacement that lost", mark(), "")
	get[bool](t)(db.ReplacePassword(ctx, u.ID, u.Password, secret.New("new")))
	is(t, "after a replacement", mark(), user.PasswordMark(u.Password))
	must(t, db.SetPassword(ctx, u.ID, secret.New("chosen")))
	is(t, "after a change", mark(), "")
}
