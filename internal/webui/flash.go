package webui

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/secret"
)

// flash is what the next page says, once: that something was done, and how to undo
// it where that is cheap.
type flash struct {
	Text string `json:"t"`

	// Undo is where a form without fields undoes it, and UndoLabel what its button
	// says; both empty for what cannot be undone.
	Undo      string `json:"u,omitempty"`
	UndoLabel string `json:"l,omitempty"`

	ExpiresAt int64 `json:"e"` // Unix seconds
}

const (
	flashLifetime = time.Minute
	maxFlash      = 2048 // bytes of the cookie; a message of ours is a sentence
)

// flashName is the name of the cookie, which has the prefix of the session's.
func (w way) flashName() string { return w.cookieName() + "-said" }

// keepFlash gives a message to the browser. It is signed: what a page says in our
// name is said by us.
func (s *Site) keepFlash(v *visit, f flash) {
	if v.way == plainWay {
		return
	}
	f.ExpiresAt = s.Now().Add(flashLifetime).Unix()
	body, err := json.Marshal(f)
	if err != nil {
		panic(err) // strings and a number are always JSON
	}
	value := base64.RawURLEncoding.EncodeToString(body) + "." + base64.RawURLEncoding.EncodeToString(s.flashMAC(body))
	if len(value) > maxFlash {
		return // it was done all the same
	}
	c := v.way.cookie(v.way.flashName(), value)
	c.MaxAge = int(flashLifetime / time.Second)
	http.SetCookie(v.out, c)
}

// takeFlash returns the message for this page and has the browser forget it.
func (s *Site) takeFlash(v *visit) flash {
	raw := v.way.one(v.Request, v.way.flashName())
	if raw == "" {
		return flash{}
	}
	v.way.drop(v.out, v.way.flashName())
	f, ok := s.readFlash(raw)
	if !ok || s.Now().Unix() > f.ExpiresAt {
		return flash{}
	}
	return f
}

func (s *Site) readFlash(raw string) (flash, bool) {
	if len(raw) > maxFlash {
		return flash{}, false
	}
	left, right, _ := strings.Cut(raw, ".")
	body, err := base64.RawURLEncoding.Strict().DecodeString(left)
	if err != nil {
		return flash{}, false
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(right)
	if err != nil || !hmac.Equal(mac, s.flashMAC(body)) {
		return flash{}, false
	}
	var f flash
	return f, json.Unmarshal(body, &f) == nil
}

func (s *Site) flashMAC(body []byte) []byte {
	h := hmac.New(sha256.New, s.Root.Derive(secret.LabelFlash, nil))
	h.Write(body)
	return h.Sum(nil)
}
