package verify

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	firstRetry = time.Second
	lastRetry  = time.Minute
)

// Run keeps the keys fresh until ctx ends, and then returns nil. It fetches at
// once, again before an answer's max-age has passed, and when Missed asks for it.
// While fetching fails it tries again after a second and then twice as long each
// time, up to a minute, and the keys stay as they were until MaxStale. Its only
// error is that Run runs already.
func (r *RemoteKeys) Run(ctx context.Context) error {
	if !r.running.CompareAndSwap(false, true) {
		return errors.New("verify: Run of these remote keys runs already")
	}
	defer r.running.Store(false)
	var (
		told  remoteStory
		retry = firstRetry
	)
	for {
		err := r.Fetch(ctx)
		if ctx.Err() != nil {
			return nil
		}
		told = r.tell(ctx, told, err)
		delay := r.refreshIn()
		if err != nil {
			delay = early(retry)
			retry = min(2*retry, lastRetry)
		} else {
			retry = firstRetry
			select {
			case <-r.missed: // asked for while the answer was on its way
			default:
			}
		}
		r.wait(ctx, delay)
	}
}

// refreshIn returns how long Run waits after a successful fetch.
func (r *RemoteKeys) refreshIn() time.Duration {
	a := r.answer.Load()
	if a == nil {
		return 0
	}
	delay := early(a.age)
	spent := r.cfg.Now().Sub(a.began) // waiting for the answer; anything at all when the clock was set
	return min(max(delay-spent, delay/2), delay)
}

// early returns a moment in the last quarter of d, so that many verifiers do not
// ask at the same time, and so that there is time left for asking.
func early(d time.Duration) time.Duration {
	return time.Duration((0.75 + 0.2*rand.Float64()) * float64(d))
}

// wait returns after the delay, when ctx ends, or when a key was missed and
// MinInterval has passed since the last fetch.
func (r *RemoteKeys) wait(ctx context.Context, delay time.Duration) {
	due := time.Now().Add(delay)
	timer := time.NewTimer(delay)
	defer timer.Stop()
	missed := r.missed
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-missed:
			missed = nil // however many more are missed
			if soon := r.pause(); soon < time.Until(due) {
				timer.Reset(soon)
			}
		}
	}
}

// pause returns what is left of MinInterval since the last fetch, failed or not.
// A clock that was set back must not make it longer.
func (r *RemoteKeys) pause() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	spent := max(0, r.cfg.Now().Sub(r.beganAt))
	return max(0, r.cfg.MinInterval-spent)
}

// remoteStory is what the log knows already.
type remoteStory struct {
	failing, tooOld bool
	ids             []string
}

// tell writes what changed since told, and returns what is told now.
func (r *RemoteKeys) tell(ctx context.Context, told remoteStory, err error) remoteStory {
	set := r.Keys()
	now := remoteStory{failing: err != nil, ids: make([]string, 0, len(set.keys))}
	for _, k := range set.keys {
		now.ids = append(now.ids, k.ID)
	}
	slices.Sort(now.ids)
	now.tooOld = now.failing && len(set.keys) == 0
	log := r.cfg.Log
	switch {
	case now.tooOld && !told.tooOld:
		log.ErrorContext(ctx, "the issuer's keys cannot be fetched and none are known: every token is refused", "err", err)
	case now.failing && !told.failing:
		log.WarnContext(ctx, "the issuer's keys cannot be fetched; the last ones stay in use", "err", err)
	case !now.failing && told.failing:
		log.InfoContext(ctx, "the issuer's keys can be fetched again")
	}
	if !now.failing && !slices.Equal(now.ids, told.ids) {
		log.InfoContext(ctx, "the issuer's keys changed", "kids", now.ids)
	}
	if now.failing {
		now.ids = told.ids
	}
	return now
}
