package signin_test

import (
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/internal/user"
)

// Case E30: a process that has not read the log for longer than the bound does not
// go by what it remembers of an account: the cut-offs that would make its tokens
// stale are forgotten before it hears of them.
func TestRefreshWithoutTheLog(t *testing.T) {
	t.Parallel()
	url, c := storetest.URL(t, "sqlite"), &clock{at: begin}
	deaf, other := start(t, url, c, false), start(t, url, c, false)
	u := deaf.add(t, "ann", func(u *user.User) { u.Superuser = true })
	tokens := deaf.refresh(t, deaf.signIn(t, "ann").Refresh)

	u.Superuser = false
	must(t, other.db.UpdateUser(t.Context(), u))
	least, err := other.db.RaiseRightsVersion(t.Context(), u.ID)
	must(t, err)
	must(t, other.db.AppendEvent(t.Context(), event.New(access.Command("test"), c.now(), event.UserUpdated, event.User(u.ID, ""))))
	c.move(10 * time.Minute)
	must(t, other.log.Sync(t.Context()))
	fails(t, "Fresh", deaf.Fresh(), event.ErrStale)

	claims, err := other.Access.Verify(deaf.refresh(t, tokens.Refresh).Access.Reveal())
	must(t, err)
	if claims.Superuser || claims.RightsVersion != least {
		t.Errorf("the token says superuser %v by version %d, want no superuser by %d", claims.Superuser, claims.RightsVersion, least)
	}
}
