package store

import (
	"context"
	"database/sql"
	"fmt"
)

// serve runs a group of functions. When their common transaction is lost, it
// runs them again, each in one of its own.
func (w *writer) serve(group []*job) {
	if len(group) > 1 && w.together(group) {
		for _, j := range group {
			close(j.done)
		}
		return
	}
	for _, j := range group {
		w.alone(j)
	}
}

// together reports whether one transaction took the whole group. If not, nothing
// of it was kept.
func (w *writer) together(group []*job) bool {
	if err := w.begin(); err != nil {
		for _, j := range group {
			if j.claim() {
				j.err = err
			}
		}
		return true // each would only wait once more for the same answer
	}
	for _, j := range group {
		if j.claim() && !w.savepoint(j) {
			w.rollback()
			return false
		}
	}
	if err := w.command("COMMIT"); err != nil {
		w.rollback()
		return false
	}
	return true
}

// savepoint runs one function of a group and reports whether the transaction is
// still there afterwards: when SQLite has rolled it back by itself, there is no
// savepoint to go back to or to release.
func (w *writer) savepoint(j *job) bool {
	if w.command("SAVEPOINT f") != nil {
		return false
	}
	w.lend(j)
	if (j.err != nil || j.gone) && w.command("ROLLBACK TO f") != nil {
		return false
	}
	return w.command("RELEASE f") == nil
}

// alone runs one function in a transaction of its own and answers it.
func (w *writer) alone(j *job) {
	err := w.begin()
	if !j.claim() {
		w.rollback()
		return
	}
	defer close(j.done)
	if err != nil {
		j.err = err
		return
	}
	w.lend(j)
	if j.gone || j.err != nil {
		w.rollback()
		return
	}
	if err := w.command("COMMIT"); err != nil {
		j.err = fmt.Errorf("commit: %w", err)
		w.rollback()
	}
}

// lend lets the caller of j run its function on the connection.
func (w *writer) lend(j *job) {
	gone := false
	t := &transaction{ctx: context.Background(), d: w.d, on: w.conn}
	t.lost = func() bool {
		// Once lost it stays lost: a later BEGIN would only look like the old one.
		gone = gone || !w.open()
		return gone
	}
	j.err = nil
	j.turn <- t
	<-j.ran
	t.err = sql.ErrTxDone // for whoever kept it: the connection is lent to others now
}
