package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/countersign/countersign/internal/event"
)

const (
	witnessEvery = time.Minute
	witnessName  = "event-log-head"
)

// WitnessedHead returns the head of the event log that was written down last,
// outside the database; the zero head when none was.
func (a *App) WitnessedHead() (event.Head, error) {
	text, err := os.ReadFile(a.witness())
	if errors.Is(err, fs.ErrNotExist) {
		return event.Head{}, nil
	}
	if err != nil {
		return event.Head{}, err
	}
	return event.ParseHead(string(text))
}

func (a *App) witness() string { return filepath.Join(a.cfg.DataDir, witnessName) }

// keepHead writes the head of the event log down, into the data directory and
// into the log of the process, whenever it has moved within a minute: that is how
// a tail that was cut off is found.
func (a *App) keepHead(ctx context.Context) {
	var last int64
	failing := false
	keep := func(ctx context.Context) {
		head, err := a.db.LogHead(ctx)
		if err != nil || head.Seq == last {
			return // an unreachable database is told of elsewhere
		}
		a.log.InfoContext(ctx, "event log", "head", head.String())
		last = head.Seq
		err = replaceFile(a.witness(), head.String()+"\n")
		if err != nil && !failing {
			a.log.WarnContext(ctx, "the head of the event log cannot be written down outside the database", "err", err)
		}
		failing = err != nil
	}
	every(ctx, witnessEvery, func() { keep(ctx) })
	final, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	keep(final)
}

// replaceFile writes a file that only its owner reads, wholly or not at all.
func replaceFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), witnessName+"-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
