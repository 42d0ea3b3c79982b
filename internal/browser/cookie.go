package browser

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
)

// maxCookie is more bytes than any cookie of ours has.
const maxCookie = 128

// presented is a cookie that was taken apart. Nothing in it is believed but the
// session to look up.
type presented struct {
	session ident.SessionID
	proved  time.Time
	mac     []byte
}

// Cookie returns the value of a cookie for a session: id, the millisecond in which
// the password was proved, and the MAC, with dots between.
func (s *Service) Cookie(of session.Session, proved time.Time) secret.Text {
	at := strconv.FormatInt(proved.UnixMilli(), 10)
	mac := s.mac(of, proved)
	return secret.New(string(of.ID) + "." + at + "." + base64.RawURLEncoding.EncodeToString(mac))
}

func (s *Service) mac(of session.Session, proved time.Time) []byte {
	h := hmac.New(sha256.New, s.Root.Derive(secret.LabelBrowser, of.Salt))
	h.Write([]byte(string(of.ID) + "." + strconv.FormatInt(proved.UnixMilli(), 10)))
	return h.Sum(nil)
}

// parse takes a cookie apart. It is strict: of all texts that say the same, one is
// a cookie.
func parse(raw string) (presented, bool) {
	if len(raw) > maxCookie {
		return presented{}, false
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 || !ident.Valid(parts[0]) {
		return presented{}, false
	}
	ms, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || strconv.FormatInt(ms, 10) != parts[1] {
		return presented{}, false
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(mac) != sha256.Size || strings.ContainsAny(parts[2], "\r\n") { // the decoder skips line ends
		return presented{}, false
	}
	return presented{session: ident.SessionID(parts[0]), proved: time.UnixMilli(ms).UTC(), mac: mac}, true
}
