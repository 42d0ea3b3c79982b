package event_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/store/storetest"
	"github.com/countersign/countersign/verify"
)

const otherService = "the secret of a service that knows no versions"

// unversioned is a token of another service, without rv.
func unversioned(issued time.Time) string {
	segment := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	input := segment(`{"alg":"HS256"}`) + "." +
		segment(fmt.Sprintf(`{"token_type":"access","exp":%d,"iat":%d,"jti":"j","user_id":"u-1"}`, begin.Unix()+1000, issued.Unix()))
	mac := hmac.New(sha256.New, []byte(otherService))
	mac.Write([]byte(input))
	return input + "." + segment(string(mac.Sum(nil)))
}

// A token without rv is held against the moment of the revocation, in the process
// that committed it, in another one, and in one that starts later.
func TestCutoffsOfTokensWithoutVersion(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		here, there := start(t, url), start(t, url)
		at := begin.Add(10*time.Second + time.Millisecond)
		here.append(t, event.New(access.Command("test"), at, event.SessionsEnded, event.User("u-1", "ann")).
			Revoking(verify.Cutoff{Kind: verify.CutoffUser, ID: "u-1", Min: 1, Until: begin.Add(time.Hour), Reason: "signed_out"}))
		must(t, there.Sync(t.Context()))
		for name, p := range map[string]*process{"here": here, "there": there, "late": start(t, url)} {
			set, err := verify.NewKeySet(verify.Key{Algorithm: verify.HS256, Public: verify.SharedSecret(otherService)})
			must(t, err)
			v, err := verify.New(verify.Config{
				Keys: func() *verify.KeySet { return set }, SkipIssuer: true, SkipAudience: true, AnyHeader: true, IgnoreKeyID: true,
				Now: func() time.Time { return begin.Add(time.Minute) }, Revocations: p.Revocations,
			})
			must(t, err)
			for after, want := range map[int]error{9: verify.ErrRevoked, 10: verify.ErrRevoked, 11: verify.ErrRevoked, 12: nil} {
				if _, err := v.Verify(unversioned(begin.Add(time.Duration(after) * time.Second))); !errors.Is(err, want) {
					t.Errorf("%s: a token %d s later: %v, want %v", name, after, err, want)
				}
			}
		}
	})
}
