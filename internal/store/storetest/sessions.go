package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/user"
)

// Sessions tests what session.Store asks for.
func Sessions(t *testing.T, db *store.DB) {
	t.Run("round_trip", func(t *testing.T) { sessionRoundTrip(t, db) })
	t.Run("absent", func(t *testing.T) { sessionAbsent(t, db) })
	t.Run("rotate", func(t *testing.T) { rotateSession(t, db) })
	t.Run("rotate_has_one_winner", func(t *testing.T) { rotateRace(t, db) })
	t.Run("end", func(t *testing.T) { endSession(t, db) })
	t.Run("end_has_one_winner", func(t *testing.T) { endRace(t, db) })
	t.Run("end_those_of_a_user", func(t *testing.T) { endUserSessions(t, db) })
	t.Run("pages", func(t *testing.T) { sessionPages(t, db) })
	t.Run("owners", func(t *testing.T) { sessionOwners(t, db) })
	t.Run("delete", func(t *testing.T) { deleteSessions(t, db) })
	t.Run("nothing_is_left", func(t *testing.T) { sessionRollback(t, db) })
	t.Run("end_all", func(t *testing.T) { endAllSessions(t, db) }) // last: it ends the others'
}

func sessionRoundTrip(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "round")
	full := device(u.ID)
	full.EndedAt, full.EndReason = moment(30), session.PasswordChanged
	bare := session.Session{ID: "bare", UserID: u.ID, Salt: []byte{0}, IdleExpiresAt: moment(1), ExpiresAt: moment(1)}
	for _, want := range []session.Session{full, bare, device(u.ID)} {
		must(t, db.InsertSession(ctx, want))
		is(t, "Session", get[session.Session](t)(db.Session(ctx, want.ID)), want)
	}
	if db.InsertSession(ctx, full) == nil {
		t.Error("InsertSession with an id that exists: no error")
	}
	if db.InsertSession(ctx, device("nobody")) == nil {
		t.Error("InsertSession of an account that does not exist: no error")
	}
}

func sessionAbsent(t *testing.T, db *store.DB) {
	ctx := t.Context()
	_, err := db.Session(ctx, "missing")
	fails(t, "Session", err, session.ErrNotFound)
	is(t, "EndSession", get[bool](t)(db.EndSession(ctx, "missing", moment(1), session.SignedOut)), false)
	is(t, "RotateSession", get[bool](t)(db.RotateSession(ctx, session.Rotation{ID: "missing", At: moment(1)})), false)
	is(t, "EndUserSessions", get[int64](t)(db.EndUserSessions(ctx, "nobody", moment(1), session.SignedOut)), 0)
}

func rotateSession(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "rotate")
	bystander := addSession(t, db, u.ID)
	for what, c := range map[string]struct {
		change func(*session.Session)
		from   int64
		at     time.Time
		want   bool
	}{
		"in time":             {nil, 3, moment(50), true},
		"last moment":         {nil, 3, moment(999), true},
		"idle too long":       {nil, 3, moment(1000), false},
		"too old":             {func(s *session.Session) { s.ExpiresAt = moment(50) }, 3, moment(50), false},
		"ended":               {func(s *session.Session) { s.EndedAt = moment(1) }, 3, moment(50), false},
		"an older generation": {nil, 2, moment(50), false},
		"a newer generation":  {nil, 4, moment(50), false},
	} {
		s := device(u.ID)
		if c.change != nil {
			c.change(&s)
		}
		must(t, db.InsertSession(ctx, s))
		r := session.Rotation{ID: s.ID, From: c.from, At: c.at, IdleExpiresAt: moment(1500), IP: "203.0.113.9", UserAgent: "new/2"}
		is(t, "RotateSession "+what, get[bool](t)(db.RotateSession(ctx, r)), c.want)
		if c.want {
			s.Generation, s.RotatedAt, s.IdleExpiresAt, s.RotatedIP, s.RotatedAgent = 4, c.at, moment(1500), "203.0.113.9", "new/2"
		}
		is(t, "Session after "+what, get[session.Session](t)(db.Session(ctx, s.ID)), s)
	}
	is(t, "a bystander", get[session.Session](t)(db.Session(ctx, bystander.ID)), bystander)
}

// rotateRace has every racer trade the same generation: half of them by
// themselves, half in a transaction (E04).
func rotateRace(t *testing.T, db *store.DB) {
	ctx := t.Context()
	s := addSession(t, db, addUser(t, db, "rotate-race").ID)
	inTx := store.TxFunc[session.Store](db)
	for generation := s.Generation; generation < s.Generation+3; generation++ {
		n := race(t, func(i int) (won bool, err error) {
			r := session.Rotation{ID: s.ID, From: generation, At: moment(50), IdleExpiresAt: moment(1500), IP: fmt.Sprint(i)}
			if i%2 == 0 {
				return db.RotateSession(ctx, r)
			}
			err = inTx(ctx, func(tx session.Store) error {
				won, err = tx.RotateSession(ctx, r)
				return err
			})
			return won, err
		})
		is(t, fmt.Sprintf("winners of generation %d", generation), n, 1)
	}
	is(t, "generation", get[session.Session](t)(db.Session(ctx, s.ID)).Generation, s.Generation+3)
}

func endSession(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "end")
	s, bystander := addSession(t, db, u.ID), addSession(t, db, u.ID)
	is(t, "the first time", get[bool](t)(db.EndSession(ctx, s.ID, moment(60), session.SignedOut)), true)
	is(t, "the second time", get[bool](t)(db.EndSession(ctx, s.ID, moment(70), session.EndedByAdmin)), false)
	s.EndedAt, s.EndReason = moment(60), session.SignedOut
	is(t, "Session", get[session.Session](t)(db.Session(ctx, s.ID)), s)
	is(t, "a bystander", get[session.Session](t)(db.Session(ctx, bystander.ID)), bystander)
}

func endRace(t *testing.T, db *store.DB) {
	ctx := t.Context()
	s := addSession(t, db, addUser(t, db, "end-race").ID)
	n := race(t, func(i int) (bool, error) {
		return db.EndSession(ctx, s.ID, moment(int64(60+i)), session.SignedOut)
	})
	is(t, "winners", n, 1)
}

func endUserSessions(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u, other := addUser(t, db, "end-mine"), addUser(t, db, "end-others")
	gone, ended, foreign := addSession(t, db, u.ID), addSession(t, db, u.ID), addSession(t, db, other.ID)
	get[bool](t)(db.EndSession(ctx, ended.ID, moment(1), session.SignedOut))
	reason := func(id ident.SessionID) session.Reason { return get[session.Session](t)(db.Session(ctx, id)).EndReason }

	is(t, "the first time", get[int64](t)(db.EndUserSessions(ctx, u.ID, moment(60), session.PasswordChanged)), 1)
	is(t, "the live one", reason(gone.ID), session.PasswordChanged)
	is(t, "the one that had ended", reason(ended.ID), session.SignedOut)
	is(t, "somebody else's", reason(foreign.ID), "")
	is(t, "the second time", get[int64](t)(db.EndUserSessions(ctx, u.ID, moment(62), session.UserDisabled)), 0)
}

func sessionPages(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u, other := addUser(t, db, "pages-mine"), addUser(t, db, "pages-others")
	var want, everybody []string
	for i := range 8 {
		s := device(u.ID)
		s.ID, s.CreatedAt = ident.SessionID(fmt.Sprintf("page-%d", i)), moment(int64(i/2))
		switch i {
		case 1:
			s.EndedAt = moment(1)
		case 2:
			s.IdleExpiresAt = moment(100)
		case 3:
			s.ExpiresAt = moment(100)
		case 4:
			s.UserID = other.ID
			everybody = append(everybody, string(s.ID))
		default:
			want, everybody = append(want, string(s.ID)), append(everybody, string(s.ID))
		}
		must(t, db.InsertSession(ctx, s))
	}
	slices.Reverse(want)
	slices.Reverse(everybody)
	list := func(of ident.UserID, meanwhile func(int)) []string {
		f := session.Filter{UserID: of, LiveAt: moment(100)}
		return walk(t, func(r page.Request) (page.Page[session.Session], error) { return db.Sessions(ctx, f, r) },
			func(s session.Session) string { return string(s.ID) }, meanwhile)
	}
	is(t, "those of a user", list(u.ID, nil), want)
	is(t, "everybody's", slices.DeleteFunc(list("", nil), func(id string) bool { return id[:4] != "page" }), everybody)
	is(t, "nobody's", list("nobody", nil), nil)
	got := list(u.ID, func(read int) {
		if read == 2 {
			newer := device(u.ID)
			newer.CreatedAt = moment(90)
			must(t, db.InsertSession(ctx, newer))
			get[bool](t)(db.EndSession(ctx, ident.SessionID(want[1]), moment(99), session.SignedOut))
		}
	})
	is(t, "while sessions come and go", got, want)
}

func deleteSessions(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "delete")
	insert := func(change func(*session.Session)) ident.SessionID {
		s := device(u.ID)
		s.CreatedAt, s.IdleExpiresAt, s.ExpiresAt = moment(-9000), moment(-100), moment(-100)
		change(&s)
		must(t, db.InsertSession(ctx, s))
		return s.ID
	}
	gone := []ident.SessionID{
		insert(func(s *session.Session) {
			s.EndedAt, s.IdleExpiresAt, s.ExpiresAt = moment(-1001), moment(1), moment(1)
		}),
		insert(func(s *session.Session) { s.IdleExpiresAt, s.ExpiresAt = moment(-1001), moment(1) }),
		insert(func(s *session.Session) { s.IdleExpiresAt, s.ExpiresAt = moment(1), moment(-1001) }),
	}
	kept := []ident.SessionID{
		insert(func(s *session.Session) { s.EndedAt = moment(-1000) }),
		insert(func(s *session.Session) { s.IdleExpiresAt = moment(-1000) }),
		insert(func(s *session.Session) {}),
	}
	is(t, "at most two", get[int64](t)(db.DeleteSessions(ctx, moment(-1000), 2)), 2)
	is(t, "the rest", get[int64](t)(db.DeleteSessions(ctx, moment(-1000), 2)), 1)
	is(t, "nothing more", get[int64](t)(db.DeleteSessions(ctx, moment(-1000), 2)), 0)
	for _, id := range gone {
		_, err := db.Session(ctx, id)
		fails(t, "Session", err, session.ErrNotFound)
	}
	for _, id := range kept {
		get[session.Session](t)(db.Session(ctx, id))
	}
}

func sessionRollback(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "rollback")
	s, never := addSession(t, db, u.ID), device(u.ID)
	err := store.TxFunc[session.Store](db)(ctx, func(tx session.Store) error {
		if err := tx.InsertSession(ctx, never); err != nil {
			return err
		}
		if _, err := tx.EndUserSessions(ctx, u.ID, moment(60), session.SignedOutEverywhere); err != nil {
			return err
		}
		e := happened(event.SessionsEnded, 60)
		if err := tx.AppendEvent(ctx, e); err != nil {
			return err
		}
		return errAbandon
	})
	fails(t, "the transaction", err, errAbandon)
	_, err = db.Session(ctx, never.ID)
	fails(t, "the new session", err, session.ErrNotFound)
	is(t, "the old one", get[session.Session](t)(db.Session(ctx, s.ID)), s)
	is(t, "the event", get[page.Page[event.Event]](t)(db.Events(ctx, event.Filter{}, page.Request{})).Items, nil)

	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := db.EndSession(cancelled, s.ID, moment(60), session.SignedOut); err == nil {
		t.Error("EndSession with a cancelled context: no error")
	}
	is(t, "after a cancelled call", get[session.Session](t)(db.Session(ctx, s.ID)), s)
}

func endAllSessions(t *testing.T, db *store.DB) {
	ctx := t.Context()
	u := addUser(t, db, "end-all")
	s := addSession(t, db, u.ID)
	if n := get[int64](t)(db.EndAllSessions(ctx, moment(70), session.SecretLost)); n < 2 {
		t.Errorf("EndAllSessions ended %d, want those of the other tests as well", n)
	}
	s.EndedAt, s.EndReason = moment(70), session.SecretLost
	is(t, "Session", get[session.Session](t)(db.Session(ctx, s.ID)), s)
	is(t, "what others signed", get[user.User](t)(db.User(ctx, u.ID)).SignedOutAt, moment(70))
	is(t, "again", get[int64](t)(db.EndAllSessions(ctx, moment(71), session.SecretLost)), 0)
}
