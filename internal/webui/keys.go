package webui

import (
	"slices"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/web"
)

const keysPath = "/admin/keys"

func (s *Site) keyRoutes() []route {
	return []route{
		{pattern: "GET " + keysPath, area: adminArea, entry: staff, needs: access.ViewKey, page: "keys", handle: s.showKeys},
		{pattern: "POST " + keysPath + "/rotate", area: adminArea, entry: staff, needs: access.RotateKey, recent: true, page: "keys", handle: s.rotateKey},
	}
}

// keysView is the page of the signing keys, the newest first.
type keysView struct {
	Problem string // why the last rotation was refused
	Keys    []keyView
	Given   string // why the keys are never rotated here, "" where they are

	MayRotate bool
	Pending   bool   // a new key waits already: no other can follow
	Algorithm string // of the key that is made next
	Wait      string // between its publication and its first signature
}

// keyView is one signing key.
type keyView struct {
	ID, Algorithm, State, Age string
	Since                     time.Time // when it was made; zero for a key of the configuration
	Signs                     time.Time // when it begins, or began, to sign
	Until                     time.Time // when it signed no more; zero until then

	Next   string // what happens to it next
	NextAt time.Time
}

// keyOf shows a key; next is the one that follows it, nil for the last, or where that
// does not matter.
func keyOf(k keyring.Key, next *keyring.Key, now time.Time) keyView {
	shown := keyView{ID: k.ID, Algorithm: string(k.Algorithm), State: string(k.State), Since: k.CreatedAt, Signs: k.ActivatesAt}
	if k.ID == "" {
		shown.ID = "given by the configuration"
	}
	if k.CreatedAt.IsZero() {
		shown.Next = "It signs until the configuration gives another one."
		return shown
	}
	shown.Age = age(now.Sub(k.CreatedAt))
	if next != nil && !now.Before(next.ActivatesAt) {
		shown.Until = next.ActivatesAt
	}
	switch {
	case k.State == keyring.Pending:
		shown.Next, shown.NextAt = "It begins to sign", k.ActivatesAt
	case k.State == keyring.Retiring:
		shown.Next, shown.NextAt = "The last token that it signed expires, and it is published no more", k.RetiresAt
	case k.State == keyring.Retired:
		shown.Next = "It is forgotten with the next rotation."
	case next == nil:
		shown.Next = "It signs until somebody rotates the keys."
	default:
		shown.Next, shown.NextAt = "The new key takes its place", next.ActivatesAt
	}
	return shown
}

func (s *Site) showKeys(v *visit) (answer, error) { return s.keysPage(v, refusal{}) }

func (s *Site) keysPage(v *visit, r refusal) (answer, error) {
	keys, err := s.Keys.List(v.Context(), v.Who)
	if err != nil {
		return nil, err
	}
	view := keysView{
		Problem: r.General, MayRotate: v.Who.Rights.Holds(access.RotateKey),
		Algorithm: string(s.Keys.Algorithm), Wait: span(2 * s.Keys.MaxAge),
	}
	if given := fault.Of(s.Keys.Rotates()); given != nil {
		view.Given = given.Public
	}
	now := s.Now()
	for i, k := range keys {
		var next *keyring.Key
		if i+1 < len(keys) {
			next = &keys[i+1]
		}
		view.Keys = append(view.Keys, keyOf(k, next, now))
		view.Pending = view.Pending || k.State == keyring.Pending
	}
	slices.Reverse(view.Keys)
	return shown{name: "keys", title: "Signing keys", body: view, status: r.Status}, nil
}

func (s *Site) rotateKey(v *visit) (answer, error) {
	made, err := s.Keys.Rotate(v.Context(), v.Who)
	if refused, ok := refusalOf(err); err != nil && ok && v.Who.Rights.Holds(access.ViewKey) {
		web.Note(v.Context()).SetError(err)
		return s.keysPage(v, refused)
	}
	if err != nil {
		return nil, err
	}
	to := keysPath
	if !v.Who.Rights.Holds(access.ViewKey) {
		to = adminArea.home()
	}
	return moved{to: to, say: flash{Text: "A new key is published. It begins to sign on " + when(made.ActivatesAt) + "."}}, nil
}

// span writes a length of time in the largest unit that it is a whole number of.
func span(d time.Duration) string {
	name, n := "second", int64(d/time.Second)
	switch {
	case d%time.Hour == 0:
		name, n = "hour", int64(d/time.Hour)
	case d%time.Minute == 0:
		name, n = "minute", int64(d/time.Minute)
	}
	if n != 1 {
		name += "s"
	}
	return number(n) + " " + name
}
