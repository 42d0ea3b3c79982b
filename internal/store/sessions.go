package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/session"
)

// sessionColumns are what scanSession scans.
const sessionColumns = `id, user_id, generation, rotated_at, salt, created_at, idle_expires_at, expires_at,
	ip, user_agent, rotated_ip, rotated_agent, amr, ended_at, end_reason`

func scanSession(s scanner) (session.Session, error) {
	var found session.Session
	var rotated, created, idle, expires, ended int64
	var methods string
	err := s.Scan(&found.ID, &found.UserID, &found.Generation, &rotated, &found.Salt, &created, &idle, &expires,
		&found.IP, &found.UserAgent, &found.RotatedIP, &found.RotatedAgent, &methods, &ended, &found.EndReason)
	if err != nil {
		return session.Session{}, err
	}
	found.RotatedAt, found.CreatedAt, found.EndedAt = moment(rotated), moment(created), moment(ended)
	found.IdleExpiresAt, found.ExpiresAt = moment(idle), moment(expires)
	if methods != "" {
		found.AuthenticationMethods = strings.Split(methods, " ")
	}
	return found, nil
}

// InsertSession implements session.Store. The methods are kept as one text with
// spaces between; RFC 8176 has no method with a space in it.
func (db *DB) InsertSession(ctx context.Context, s session.Session) error {
	methods := strings.Join(s.AuthenticationMethods, " ")
	if err := storable(string(s.ID), s.IP, s.UserAgent, s.RotatedIP, s.RotatedAgent, methods); err != nil {
		return fmt.Errorf("insert session %s: %w", s.ID, err)
	}
	_, err := db.exec(ctx, `
		INSERT INTO sessions (id, user_id, generation, rotated_at, salt, created_at, idle_expires_at, expires_at,
			ip, user_agent, rotated_ip, rotated_agent, amr, ended_at, end_reason)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		s.ID, s.UserID, s.Generation, millis(s.RotatedAt), s.Salt,
		millis(s.CreatedAt), millis(s.IdleExpiresAt), millis(s.ExpiresAt),
		s.IP, s.UserAgent, s.RotatedIP, s.RotatedAgent, methods, millis(s.EndedAt), s.EndReason)
	if err != nil {
		return fmt.Errorf("insert session %s: %w", s.ID, err)
	}
	return nil
}

// Session implements session.Store.
func (db *DB) Session(ctx context.Context, id ident.SessionID) (session.Session, error) {
	if storable(string(id)) != nil {
		return session.Session{}, session.ErrNotFound
	}
	s, err := scanSession(db.row(ctx, `SELECT `+sessionColumns+` FROM sessions WHERE id = ?`, id))
	if absent(err, s.ID == id) {
		return session.Session{}, session.ErrNotFound
	}
	if err != nil {
		return session.Session{}, fmt.Errorf("session %s: %w", id, err)
	}
	return s, nil
}

// RotateSession implements session.Store. The WHERE clause is the lock: it is one
// statement, so the database itself lets a single caller through, whatever the
// isolation level, and a session that was ended meanwhile none.
func (db *DB) RotateSession(ctx context.Context, r session.Rotation) (bool, error) {
	if err := storable(string(r.ID), r.IP, r.UserAgent); err != nil {
		return false, fmt.Errorf("rotate session %s: %w", r.ID, err)
	}
	at := millis(r.At)
	n, err := db.exec(ctx, `
		UPDATE sessions
		SET generation = ?, rotated_at = ?, idle_expires_at = ?, rotated_ip = ?, rotated_agent = ?
		WHERE id = ? AND generation = ? AND ended_at = 0 AND idle_expires_at > ? AND expires_at > ?`,
		r.From+1, at, millis(r.IdleExpiresAt), r.IP, r.UserAgent, r.ID, r.From, at, at)
	if err != nil {
		return false, fmt.Errorf("rotate session %s: %w", r.ID, err)
	}
	return n == 1, nil
}

// EndSession implements session.Store.
func (db *DB) EndSession(ctx context.Context, id ident.SessionID, at time.Time, why session.Reason) (bool, error) {
	n, err := db.exec(ctx, `
		UPDATE sessions SET ended_at = ?, end_reason = ? WHERE id = ? AND ended_at = 0`, millis(at), why, id)
	if err != nil {
		return false, fmt.Errorf("end session %s: %w", id, err)
	}
	return n == 1, nil
}

// EndUserSessions implements session.Store. It does not ask whether a session has
// expired: by the clock of another replica it may not have.
func (db *DB) EndUserSessions(ctx context.Context, of ident.UserID, at time.Time, why session.Reason) (int64, error) {
	if _, err := db.exec(ctx, `UPDATE users SET signed_out_at = ? WHERE id = ?`, millis(at), of); err != nil {
		return 0, fmt.Errorf("end what others signed for user %s: %w", of, err)
	}
	n, err := db.exec(ctx, `
		UPDATE sessions SET ended_at = ?, end_reason = ? WHERE user_id = ? AND ended_at = 0`, millis(at), why, of)
	if err != nil {
		return 0, fmt.Errorf("end the sessions of user %s: %w", of, err)
	}
	return n, nil
}

// EndAllSessions implements session.Store.
func (db *DB) EndAllSessions(ctx context.Context, at time.Time, why session.Reason) (int64, error) {
	if _, err := db.exec(ctx, `UPDATE users SET signed_out_at = ?`, millis(at)); err != nil {
		return 0, fmt.Errorf("end what others signed: %w", err)
	}
	n, err := db.exec(ctx, `UPDATE sessions SET ended_at = ?, end_reason = ? WHERE ended_at = 0`, millis(at), why)
	if err != nil {
		return 0, fmt.Errorf("end all sessions: %w", err)
	}
	return n, nil
}

// Sessions implements session.Store.
func (db *DB) Sessions(ctx context.Context, f session.Filter, r page.Request) (page.Page[session.Session], error) {
	at := millis(f.LiveAt)
	w := &where{}
	w.and("ended_at = 0 AND idle_expires_at > ? AND expires_at > ?", at, at)
	if f.UserID != "" {
		if storable(string(f.UserID)) != nil {
			return page.Page[session.Session]{}, nil
		}
		w.and("user_id = ?", f.UserID)
	}
	w.after(db.d, "created_at", "id", r.After)
	rows, err := db.query(ctx, `
		SELECT `+sessionColumns+` FROM sessions`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT ?`, w.limited(r)...)
	if err != nil {
		return page.Page[session.Session]{}, fmt.Errorf("list sessions: %w", err)
	}
	found, err := collect(ctx, db, rows, scanSession)
	if err != nil {
		return page.Page[session.Session]{}, fmt.Errorf("list sessions: %w", err)
	}
	return page.Of(found, r, func(s session.Session) page.Position {
		return page.Position{At: s.CreatedAt, ID: string(s.ID)}
	}), nil
}

// DeleteSessions implements session.Store. It reads the table: an index on the
// idle expiry would be written by every refresh, to serve a clean-up that runs
// now and then. The inner SELECT is in a table of its own because MySQL has no
// LIMIT in a subquery of IN.
func (db *DB) DeleteSessions(ctx context.Context, before time.Time, limit int) (int64, error) {
	ms := millis(before)
	n, err := db.exec(ctx, `
		DELETE FROM sessions WHERE id IN (SELECT id FROM (
			SELECT id FROM sessions
			WHERE (ended_at > 0 AND ended_at < ?) OR idle_expires_at < ? OR expires_at < ?
			LIMIT ?) AS gone)`, ms, ms, ms, limit)
	if err != nil {
		return 0, fmt.Errorf("delete sessions that ended before %s: %w", before.UTC().Format(time.RFC3339), err)
	}
	return n, nil
}
