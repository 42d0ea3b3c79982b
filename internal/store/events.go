package store

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/verify"
)

// eventColumns are what scanEvent scans: an event and, while it is kept, its
// cut-off.
const eventColumns = `e.id, e.at, e.actor_kind, e.actor_id, e.actor_name, e.action,
	e.subject_kind, e.subject_id, e.subject_name, e.ip, e.user_agent, e.request_id, e.detail, e.seq, e.mac,
	c.kind, c.target, c.min_version, c.until_at, c.reason`

func scanEvent(s scanner) (event.Event, error) {
	var e event.Event
	var at int64
	var seq, minimum, until *int64
	var kind, target, reason *string
	err := s.Scan(&e.ID, &at, &e.Actor.Kind, &e.Actor.ID, &e.Actor.Name, &e.Action,
		&e.Subject.Kind, &e.Subject.ID, &e.Subject.Name, &e.Origin.IP, &e.Origin.UserAgent, &e.Origin.RequestID,
		&e.Detail, &seq, &e.MAC, &kind, &target, &minimum, &until, &reason)
	if err != nil {
		return event.Event{}, err
	}
	e.At = moment(at)
	if seq != nil {
		e.Seq = *seq
	}
	if kind != nil {
		e.Cutoff = &verify.Cutoff{
			Seq: e.Seq, Kind: verify.CutoffKind(*kind), ID: *target, Min: *minimum, Until: moment(*until), Reason: *reason,
		}
	}
	return e, nil
}

// AppendEvent implements event.Appender.
func (db *DB) AppendEvent(ctx context.Context, e event.Event) error {
	err := storable(e.ID, string(e.Actor.ID), e.Actor.Name, e.Subject.ID, e.Subject.Name,
		e.Origin.IP, e.Origin.UserAgent, e.Origin.RequestID, e.Detail)
	if err != nil {
		return fmt.Errorf("append event %s: %w", e.Action, err)
	}
	err = db.tx(ctx, func(tx *DB) error {
		_, err := tx.exec(ctx, `
			INSERT INTO events (id, at, actor_kind, actor_id, actor_name, action,
				subject_kind, subject_id, subject_name, ip, user_agent, request_id, detail)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			e.ID, millis(e.At), e.Actor.Kind, e.Actor.ID, e.Actor.Name, e.Action,
			e.Subject.Kind, e.Subject.ID, e.Subject.Name, e.Origin.IP, e.Origin.UserAgent, e.Origin.RequestID, e.Detail)
		if err != nil {
			return err
		}
		if err := tx.insertCutoff(ctx, e); err != nil {
			return err
		}
		tx.appended(e)
		return nil
	})
	if err != nil {
		return fmt.Errorf("append event %s %s: %w", e.Action, e.ID, err)
	}
	return nil
}

// UnsealedEvents implements event.Store.
func (db *DB) UnsealedEvents(ctx context.Context, limit int) ([]event.Event, error) {
	rows, err := db.query(ctx, `
		SELECT `+eventColumns+`
		FROM events e LEFT JOIN cutoffs c ON c.event_id = e.id
		WHERE e.seq IS NULL ORDER BY e.id LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("unsealed events: %w", err)
	}
	found, err := collect(ctx, db, rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("unsealed events: %w", err)
	}
	return found, nil
}

// SealedEvents implements event.Store.
func (db *DB) SealedEvents(ctx context.Context, after int64, limit int) ([]event.Event, error) {
	rows, err := db.query(ctx, `
		SELECT `+eventColumns+`
		FROM events e LEFT JOIN cutoffs c ON c.event_id = e.id
		WHERE e.seq > ? ORDER BY e.seq LIMIT ?`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("sealed events after %d: %w", after, err)
	}
	found, err := collect(ctx, db, rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("sealed events after %d: %w", after, err)
	}
	return found, nil
}

// Event implements event.Store.
func (db *DB) Event(ctx context.Context, id string) (event.Event, error) {
	if storable(id) != nil {
		return event.Event{}, event.ErrNotFound
	}
	e, err := scanEvent(db.row(ctx, `
		SELECT `+eventColumns+`
		FROM events e LEFT JOIN cutoffs c ON c.event_id = e.id WHERE e.id = ?`, id))
	if absent(err, e.ID == id) {
		return event.Event{}, event.ErrNotFound
	}
	if err != nil {
		return event.Event{}, fmt.Errorf("event %s: %w", id, err)
	}
	return e, nil
}

// Events implements event.Store.
func (db *DB) Events(ctx context.Context, f event.Filter, r page.Request) (page.Page[event.Event], error) {
	if storable(string(f.Actor), string(f.Action), f.Subject.Kind, f.Subject.ID) != nil {
		return page.Page[event.Event]{}, nil
	}
	w := eventsWhere(f)
	w.after(db.d, "e.at", "e.id", r.After)
	rows, err := db.query(ctx, `
		SELECT `+eventColumns+`
		FROM events e LEFT JOIN cutoffs c ON c.event_id = e.id`+w.String()+`
		ORDER BY e.at DESC, e.id DESC LIMIT ?`, w.limited(r)...)
	if err != nil {
		return page.Page[event.Event]{}, fmt.Errorf("list events: %w", err)
	}
	found, err := collect(ctx, db, rows, scanEvent)
	if err != nil {
		return page.Page[event.Event]{}, fmt.Errorf("list events: %w", err)
	}
	return page.Of(found, r, func(e event.Event) page.Position {
		return page.Position{At: e.At, ID: e.ID}
	}), nil
}

// eventsWhere makes conditions of a filter. Of several that have an index the first
// one in force is to be used: events of one thing are fewer than those of one person,
// and those than the ones of an action. The others are written so that no index
// answers them, because SQLite knows nothing of numbers and takes the wrong one.
func eventsWhere(f event.Filter) *where {
	w := &where{}
	taken := false
	equal := func(column string, value any) {
		if taken {
			column = "COALESCE(" + column + ", '')"
		}
		w.and(column+" = ?", value)
	}
	if f.Subject.Kind != "" {
		equal("e.subject_kind", f.Subject.Kind)
	}
	if f.Subject.ID != "" {
		equal("e.subject_id", f.Subject.ID)
		taken = true
	}
	if f.Actor != "" {
		equal("e.actor_id", f.Actor)
		taken = true
	}
	if f.Action != "" {
		equal("e.action", f.Action)
	}
	if !f.From.IsZero() {
		w.and("e.at >= ?", millis(f.From))
	}
	if !f.Until.IsZero() {
		w.and("e.at < ?", millis(f.Until))
	}
	if f.UpTo != nil {
		w.and("e.seq <= ?", *f.UpTo)
	}
	return w
}
