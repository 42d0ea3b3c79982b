package cli

import (
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
)

// events is `countersign events`.
func (in *invocation) events() *cobra.Command {
	return group("events", "Read the log of what happened", in.eventsList(), in.eventsVerify())
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
		IP: e.Origin.IP, UserAgent: e.Origin.UserAgent, RequestID: e.Origin.RequestID, Detail: json.RawMessage(e.Detail),
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

func (in *invocation) eventsList() *cobra.Command {
	var o output
	return o.listFlags(&cobra.Command{
		Use:   "list",
		Short: "List events, newest first",
		Args:  want(),
		RunE: in.with(func(ctx context.Context, a *app.App, _ []string) error {
			events, err := all(o.limit, viewEvent, func(r page.Request) (page.Page[event.Event], error) {
				return a.Events.Store.Events(ctx, event.Filter{}, r)
			})
			if err != nil {
				return err
			}
			return eventTable.print(in.env.Stdout, events, o)
		}),
	}, eventsShown)
}

func (in *invocation) eventsVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Prove that no event was changed, removed or added",
		Args:  want(),
		RunE: in.with(func(ctx context.Context, a *app.App, _ []string) error {
			if err := a.Events.Sync(ctx); err != nil {
				return err
			}
			report, err := a.Events.Check(ctx)
			if err != nil {
				return err
			}
			once, err := a.WitnessedHead()
			if err != nil {
				return err
			}
			if err := a.Events.CheckWitness(ctx, once); err != nil {
				return err
			}
			return in.say("Events %d to %d are as they were sealed.", report.From, report.From+report.Checked-1)
		}),
	}
}
