package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const maxETag = 256 // bytes

// load asks once and keeps the answer if it is good.
func (r *RemoteKeys) load(ctx context.Context, began time.Time) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.cfg.URL, http.NoBody)
	if err != nil {
		return r.wrap(err)
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json;q=0.9")
	old := r.answer.Load()
	if old != nil && old.etag != "" {
		req.Header.Set("If-None-Match", old.etag)
	}
	res, err := r.client.Do(req)
	if err != nil {
		// Its text begins with the whole URL, and the query may be a secret.
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err
		}
		return r.wrap(err)
	}
	defer func() { _ = res.Body.Close() }()
	fresh, err := r.read(res, old)
	if err != nil {
		return r.wrap(err)
	}
	fresh.began = began
	r.answer.Store(fresh)
	return nil
}

func (r *RemoteKeys) wrap(err error) error {
	return fmt.Errorf("verify: fetch the keys from %s: %w", r.place, err)
}

// read returns what an answer says. The content type is not looked at: many
// issuers send a wrong one, and a page that is not a key set is not parsed as one.
// A set without keys is refused like a broken one, because there is no use in
// publishing it, and believing it would refuse every token at once.
func (r *RemoteKeys) read(res *http.Response, old *remoteAnswer) (*remoteAnswer, error) {
	age, said := freshness(res.Header)
	switch {
	case res.StatusCode == http.StatusNotModified && old != nil && old.etag != "":
		fresh := *old
		if said {
			fresh.age = r.cfg.bounded(age)
		}
		return &fresh, nil
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the answer is %d", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxJWKS+1))
	if err != nil {
		return nil, err
	}
	set, err := ParseJWKS(body)
	if err != nil {
		return nil, err
	}
	if len(set.keys) == 0 {
		return nil, errors.New("the key set is empty")
	}
	if !said {
		age = r.cfg.MaxAge
	}
	return &remoteAnswer{set: set, etag: entityTag(res.Header), age: r.cfg.bounded(age)}, nil
}

// entityTag returns the answer's ETag if it can be sent back (RFC 9110 section
// 8.8.3). A request with any other text in If-None-Match would not leave the
// client, and the keys would never be fetched again.
func entityTag(h http.Header) string {
	tag := h.Get("ETag")
	opaque := tag
	if len(tag) > 2 && tag[:2] == "W/" {
		opaque = tag[2:]
	}
	if len(tag) > maxETag || len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' {
		return ""
	}
	for _, c := range []byte(opaque[1 : len(opaque)-1]) {
		if c <= ' ' || c == '"' || c >= 0x7f {
			return ""
		}
	}
	return tag
}
