package event

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/sheet"
)

// ExportStarted is recorded before the first row leaves, so that an export that was
// cut off is recorded too.
const ExportStarted Action = "export.started"

// Exported is the subject for what was taken out: "events" or "users".
func Exported(what string) Subject { return Subject{Kind: "export", ID: what} }

// row is an event as files have it. Its names are those of the columns.
type row struct {
	Seq         int64           `json:"seq"`
	ID          string          `json:"id"`
	At          time.Time       `json:"at"`
	Action      string          `json:"action"`
	ActorKind   string          `json:"actor_kind"`
	ActorID     string          `json:"actor_id"`
	ActorName   string          `json:"actor_name"`
	SubjectKind string          `json:"subject_kind"`
	SubjectID   string          `json:"subject_id"`
	SubjectName string          `json:"subject_name"`
	IP          string          `json:"ip"`
	UserAgent   string          `json:"user_agent"`
	RequestID   string          `json:"request_id"`
	Detail      json.RawMessage `json:"detail"`
}

var columns = [...]string{
	"seq", "id", "at", "action", "actor_kind", "actor_id", "actor_name",
	"subject_kind", "subject_id", "subject_name", "ip", "user_agent", "request_id", "detail",
}

func rowOf(e Event) row {
	return row{
		Seq: e.Seq, ID: e.ID, At: e.At.UTC(), Action: string(e.Action),
		ActorKind: string(e.Actor.Kind), ActorID: string(e.Actor.ID), ActorName: e.Actor.Name,
		SubjectKind: e.Subject.Kind, SubjectID: e.Subject.ID, SubjectName: e.Subject.Name,
		IP: e.Origin.IP, UserAgent: e.Origin.UserAgent, RequestID: e.Origin.RequestID, Detail: e.DetailJSON(),
	}
}

// Cells implements sheet.Row.
func (r row) Cells() []string {
	return []string{
		strconv.FormatInt(r.Seq, 10), r.ID, r.At.Format(time.RFC3339Nano), r.Action, r.ActorKind, r.ActorID, r.ActorName,
		r.SubjectKind, r.SubjectID, r.SubjectName, r.IP, r.UserAgent, r.RequestID, string(r.Detail),
	}
}

// Export writes the events that a filter chooses, newest first, and returns how
// many. It seals what is committed, then writes sealed rows alone and none that was
// sealed after it began, its own record included: a file is the log as it was at
// one moment. It reads pages, so memory does not grow with the log. It needs
// access.ViewEvent.
func (l *Log) Export(ctx context.Context, who access.Caller, to io.Writer, format sheet.Format, f Filter) (int, error) {
	if err := who.Require(access.ViewEvent); err != nil {
		return 0, err
	}
	if err := l.Sync(ctx); err != nil {
		return 0, err
	}
	head, err := l.Store.LogHead(ctx)
	if err != nil {
		return 0, err
	}
	e := New(who, l.Now(), ExportStarted, Exported("events")).With(map[string]any{"format": string(format), "filter": f.recorded()})
	if err := l.Store.AppendEvent(ctx, e); err != nil {
		return 0, fmt.Errorf("record an export of events: %w", err)
	}
	f.UpTo = new(head.Seq)
	out := sheet.NewWriter(to, format, columns[:]...)
	for written, r := 0, (page.Request{Limit: page.MaxLimit}); ; {
		p, err := l.Store.Events(ctx, f, r)
		if err != nil {
			return written, fmt.Errorf("export events: %w", err)
		}
		for _, e := range p.Items {
			if err := out.Write(rowOf(e)); err != nil {
				return written, fmt.Errorf("export events: %w", err)
			}
			written++
		}
		if p.Next.IsZero() {
			return written, out.Flush()
		}
		r.After = p.Next
	}
}

// recorded is the filter as its event has it.
func (f Filter) recorded() map[string]any {
	all := map[string]any{}
	for name, value := range map[string]string{"actor": string(f.Actor), "action": string(f.Action)} {
		if value != "" {
			all[name] = value
		}
	}
	if f.Subject != (Subject{}) {
		all["subject"] = f.Subject.String()
	}
	for name, at := range map[string]time.Time{"from": f.From, "until": f.Until} {
		if !at.IsZero() {
			all[name] = at.UTC().Format(time.RFC3339Nano)
		}
	}
	return all
}
