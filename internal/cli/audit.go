package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/user"
)

// audit is `countersign audit`.
func (in *invocation) audit() *cobra.Command {
	return group("audit", "Read and prove the log of what happened", in.auditList(), in.auditExport(), in.auditVerify())
}

// eventView is an event as programs read it.
type eventView struct {
	ID          string          `json:"id"`
	Seq         *int64          `json:"seq"` // null until it is sealed
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

func viewEvent(e event.Event) eventView {
	v := eventView{
		ID: e.ID, At: moment(e.At), Action: string(e.Action),
		ActorKind: string(e.Actor.Kind), ActorID: string(e.Actor.ID), ActorName: e.Actor.Name,
		SubjectKind: e.Subject.Kind, SubjectID: e.Subject.ID, SubjectName: e.Subject.Name,
		IP: e.Origin.IP, UserAgent: e.Origin.UserAgent, RequestID: e.Origin.RequestID, Detail: e.DetailJSON(),
	}
	if e.Seq > 0 {
		v.Seq = new(e.Seq)
	}
	return v
}

var eventTable = table[eventView]{
	columns: []string{"TIME", "ACTION", "BY", "ON", "FROM", "DETAIL"},
	row: func(e eventView) []string {
		by, on := e.ActorName, e.SubjectName
		if by == "" {
			by = e.ActorKind
		}
		if on == "" {
			on = e.SubjectID
		}
		return []string{shown(&e.At), e.Action, by, e.SubjectKind + " " + on, e.IP, string(e.Detail)}
	},
}

const eventsShown = 50

func (in *invocation) auditList() *cobra.Command {
	var o output
	var chosen eventChoice
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List events, newest first",
		Example: "  countersign audit list --actor alice --action user.disabled\n" +
			"  countersign audit list --subject role:0199b2f5-0c44-7d0e-b1a9-6b1f5c2e7d10 --from 2026-01-31T00:00:00Z",
		Args: want(),
		RunE: in.with(func(ctx context.Context, a *app.App, _ []string) error {
			f, err := chosen.filter(ctx, a)
			if err != nil {
				return err
			}
			events, err := all(o.limit, viewEvent, func(r page.Request) (page.Page[event.Event], error) {
				return a.Events.List(ctx, operator(), f, r)
			})
			if err != nil {
				return err
			}
			return eventTable.print(in.env.Stdout, events, o)
		}),
	}
	chosen.flags(cmd)
	return o.listFlags(cmd, eventsShown)
}

// eventChoice is which events are wanted, as it is typed.
type eventChoice struct{ actor, action, subject, from, until string }

func (c *eventChoice) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.actor, "actor", "", "only what this `USER` did, by username or id")
	flags.StringVar(&c.action, "action", "", "only this `ACTION`, such as user.disabled")
	flags.StringVar(&c.subject, "subject", "", "only what was done to this `KIND:ID`; a user may be named: user:alice")
	flags.StringVar(&c.from, "from", "", "not before this `TIME` (RFC 3339)")
	flags.StringVar(&c.until, "until", "", "before this `TIME` (RFC 3339)")
}

// filter reads what was typed. Who is no account any more is looked for by id.
func (c *eventChoice) filter(ctx context.Context, a *app.App) (event.Filter, error) {
	f := event.Filter{Action: event.Action(c.action)}
	for flag, t := range map[string]struct {
		to   *time.Time
		text string
	}{"--from": {&f.From, c.from}, "--until": {&f.Until, c.until}} {
		if t.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, t.text)
		if err != nil {
			return event.Filter{}, usageError{flag + " is a time as 2026-01-31T12:00:00Z"}
		}
		*t.to = at
	}
	var err error
	if c.actor != "" {
		if f.Actor, err = userNamed(ctx, a, c.actor); err != nil {
			return event.Filter{}, err
		}
	}
	if c.subject != "" {
		if f.Subject, err = event.ParseSubject(c.subject); err != nil {
			return event.Filter{}, err
		}
	}
	if f.Subject.Kind == "user" {
		id, err := userNamed(ctx, a, f.Subject.ID)
		f.Subject.ID = string(id)
		return f, err
	}
	return f, nil
}

// userNamed is the id of a user who is named by username or id, which may be that
// of an account that was deleted.
func userNamed(ctx context.Context, a *app.App, name string) (ident.UserID, error) {
	u, err := a.Accounts.UserByName(ctx, operator(), name)
	if errors.Is(err, user.ErrNotFound) {
		return ident.UserID(name), nil
	}
	return u.ID, err
}

func (in *invocation) auditVerify() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove that no event was changed, removed or added",
		Long: "Prove that no event was changed, removed or added. That the end of the log was cut off, or that the database was\n" +
			"restored from an older copy, is found with a head that was written down outside the database: the one in the\n" +
			"data directory, or that of --head, such as a copy that is kept on another machine. Where old events were removed\n" +
			"(setting event_retention), the proof begins at the signed checkpoint that this left; a head from before it proves\n" +
			"nothing about the end of the log, and is refused.",
		Example: "  countersign audit verify --head /mnt/elsewhere/event-log-head",
		Args:    want(),
		RunE: in.with(func(ctx context.Context, a *app.App, _ []string) error {
			if err := a.Events.Sync(ctx); err != nil {
				return err
			}
			report, err := a.Events.Check(ctx)
			if err != nil {
				return err
			}
			once, err := writtenHead(a, path)
			if err != nil {
				return err
			}
			witnessed := a.Events.CheckWitness(ctx, once)
			if witnessed != nil && !errors.Is(witnessed, event.ErrHeadOld) {
				return witnessed
			}
			return errors.Join(in.say("%s", verified(report)), witnessed)
		}),
	}
	cmd.Flags().StringVar(&path, "head", "", "the `FILE` with a head that was written down; the data directory's by default")
	return cmd
}

// verified says what a Check proved.
func verified(r event.Report) string {
	text := fmt.Sprintf("Events %d to %d are as they were sealed.", r.From, r.From+r.Checked-1)
	if r.Removed > 0 {
		text += fmt.Sprintf(" Those to %d were removed on %s, at a signed checkpoint.", r.Removed, r.RemovedAt.UTC().Format(time.DateOnly))
	}
	return text
}

// writtenHead is the head that was written down into a file, or, without a path,
// into the data directory.
func writtenHead(a *app.App, path string) (event.Head, error) {
	if path == "" {
		return a.WitnessedHead()
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return event.Head{}, err
	}
	return event.ParseHead(string(text))
}
