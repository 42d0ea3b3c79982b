package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/verify"
)

// The refusals of a refresh token.
var (
	ErrRefreshInvalid = fault.New(fault.Unauthenticated, "refresh_invalid", "The refresh token is not valid.")
	ErrRefreshExpired = fault.New(fault.Unauthenticated, "refresh_expired", "The refresh token has expired; sign in again.")
	ErrRefreshType    = fault.New(fault.Unauthenticated, "refresh_type", "This is not a refresh token.")
	ErrRefreshReused  = fault.New(fault.Unauthenticated, "refresh_reused", "The refresh token was already used; sign in again.")
	ErrSessionEnded   = fault.New(fault.Unauthenticated, "session_ended", "The session has ended; sign in again.")
)

// refreshHeader never changes: {"alg":"HS256","typ":"rt+jwt"}.
var refreshHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"rt+jwt"}`))

// refreshClaims is the payload of a refresh token.
type refreshClaims struct {
	TokenType string `json:"token_type"`
	ExpiresAt int64  `json:"exp"`
	IssuedAt  int64  `json:"iat"`
	ID        string `json:"jti"`
	UserID    string `json:"user_id"`
	Session   string `json:"sid"`
}

// Presented is a refresh token that somebody showed. Until Prove has accepted it,
// nothing in it is believed but the session to look up.
type Presented struct {
	Session    ident.SessionID
	Generation int64
	ExpiresAt  time.Time

	// Claims are set under the preset, where the configured key proved the token
	// already.
	Claims *verify.Claims

	// Revoked is set when a cut-off concerns a verified token: it is never good.
	Revoked bool

	id    string // jti
	input string // what is signed
	mac   []byte // what it is signed with
}

// Refresh returns the refresh token of the session's generation. The same row
// gives the same token. The subject counts under the preset only.
func (i *Issuer) Refresh(in session.Session, of Subject) (secret.Text, error) {
	if i.Original != nil {
		return i.original(originalClaims{
			kind: "refresh", expires: refreshExpiry(in), issued: in.RotatedAt, id: i.refreshID(in),
		}, of, in)
	}
	claims := refreshClaims{
		TokenType: "refresh", ExpiresAt: refreshExpiry(in).Unix(), IssuedAt: in.RotatedAt.Unix(),
		ID: i.refreshID(in), UserID: string(in.UserID), Session: string(in.ID),
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return secret.Text{}, fmt.Errorf("refresh token of session %s: %w", in.ID, err)
	}
	input := refreshHeader + "." + base64.RawURLEncoding.EncodeToString(payload)
	return secret.New(input + "." + base64.RawURLEncoding.EncodeToString(i.mac(in, "token", input))), nil
}

// refreshExpiry is the earlier of the idle and the absolute expiry.
func refreshExpiry(of session.Session) time.Time {
	if of.ExpiresAt.Before(of.IdleExpiresAt) {
		return of.ExpiresAt
	}
	return of.IdleExpiresAt
}

// refreshID is the jti: the generation in 8 hexadecimal digits, and 24 of a MAC
// over it and the millisecond in which it began.
func (i *Issuer) refreshID(of session.Session) string {
	id := binary.BigEndian.AppendUint32(make([]byte, 0, 16), uint32(of.Generation))
	began := strconv.FormatInt(of.RotatedAt.UnixMilli(), 10)
	return hex.EncodeToString(append(id, i.mac(of, "jti", hex.EncodeToString(id)+began)[:12]...))
}

// mac is HMAC-SHA256 under the session's own key: the instance secret and the
// row's salt together.
func (i *Issuer) mac(of session.Session, use, text string) []byte {
	h := hmac.New(sha256.New, i.Root.Derive(secret.LabelRefresh, of.Salt))
	h.Write([]byte(use + "\x00" + string(of.ID) + "\x00" + text))
	return h.Sum(nil)
}

// newID returns the jti of an access token: 32 hexadecimal digits, as the
// original's.
func newID() string { return hex.EncodeToString(secret.Bytes(16)) }

const (
	maxRefreshBytes = 2048
	refreshIDLen    = 32
)

// ParseRefresh reads what a client presents as a refresh token. It returns
// ErrRefreshInvalid for what cannot be one and ErrRefreshType for an access
// token; under the preset the signature is verified here, and ErrRefreshExpired
// comes from here.
func (i *Issuer) ParseRefresh(raw string, v *verify.Verifier) (Presented, error) {
	if i.Original != nil {
		return parseOriginal(raw, v)
	}
	if len(raw) > maxRefreshBytes {
		return Presented{}, ErrRefreshInvalid.Because(errors.New("too long"))
	}
	head, rest, ok := strings.Cut(raw, ".")
	payload, signature, okToo := strings.Cut(rest, ".")
	if !ok || !okToo || strings.Contains(signature, ".") {
		return Presented{}, ErrRefreshInvalid.Because(errors.New("not three segments"))
	}
	if head != refreshHeader {
		if _, err := v.Verify(raw); err == nil || errors.Is(err, verify.ErrRevoked) || errors.Is(err, verify.ErrExpired) {
			return Presented{}, ErrRefreshType.Because(errors.New("an access token"))
		}
		return Presented{}, ErrRefreshInvalid.Because(errors.New("not our header"))
	}
	strict := base64.RawURLEncoding.Strict()
	mac, err := strict.DecodeString(signature)
	if err != nil || strings.ContainsAny(raw, "\r\n") { // the decoder skips line ends
		return Presented{}, ErrRefreshInvalid.Because(errors.New("the encoding is not canonical"))
	}
	body, err := strict.DecodeString(payload)
	if err != nil {
		return Presented{}, ErrRefreshInvalid.Because(errors.New("the payload is not base64url"))
	}
	var claims refreshClaims
	if err := json.Unmarshal(body, &claims); err != nil {
		return Presented{}, ErrRefreshInvalid.Because(errors.New("the payload is not JSON"))
	}
	p := Presented{ExpiresAt: time.Unix(claims.ExpiresAt, 0).UTC(), input: head + "." + payload, mac: mac}
	return p.identified(claims.Session, claims.ID)
}

// Foreign reports whether another issuer, which shares the key, signed the token:
// it belongs to no session.
func (p Presented) Foreign() bool { return p.Claims != nil && p.Claims.SessionID == "" }

// parseOriginal reads a refresh token that is signed with the configured key.
func parseOriginal(raw string, v *verify.Verifier) (Presented, error) {
	claims, err := v.Verify(raw)
	cut, revoked := verify.ClaimsOf(err)
	switch {
	case revoked: // the session, or that there is none, tells why
		claims = cut
	case errors.Is(err, verify.ErrExpired):
		return Presented{}, ErrRefreshExpired.Because(err)
	case errors.Is(err, verify.ErrTokenType):
		return Presented{}, ErrRefreshType.Because(err)
	case err != nil:
		return Presented{}, ErrRefreshInvalid.Because(err)
	}
	p := Presented{ExpiresAt: claims.ExpiresAt, Claims: claims, Revoked: revoked}
	if p.Foreign() {
		return p, nil
	}
	return p.identified(claims.SessionID, claims.ID)
}

// identified fills in the session and the generation.
func (p Presented) identified(sid, jti string) (Presented, error) {
	if !ident.Valid(sid) || len(jti) != refreshIDLen {
		return Presented{}, ErrRefreshInvalid.Because(errors.New("no session or no generation"))
	}
	id, err := hex.DecodeString(jti)
	if err != nil {
		return Presented{}, ErrRefreshInvalid.Because(errors.New("the jti is not hexadecimal"))
	}
	p.Session, p.id, p.Generation = ident.SessionID(sid), jti, int64(binary.BigEndian.Uint32(id))
	return p, nil
}

// Prove returns nil when the token is one that this installation made for the
// session: of its present generation or of an earlier one. ErrRefreshInvalid for
// anything else.
func (i *Issuer) Prove(p Presented, of session.Session) error {
	if p.Generation > of.Generation || p.Session != of.ID {
		return ErrRefreshInvalid.Because(errors.New("a generation that does not exist yet"))
	}
	if p.Claims == nil && !hmac.Equal(p.mac, i.mac(of, "token", p.input)) {
		return ErrRefreshInvalid.Because(errors.New("the signature is wrong"))
	}
	if p.Generation == of.Generation && !hmac.Equal([]byte(p.id), []byte(i.refreshID(of))) {
		return ErrRefreshInvalid.Because(errors.New("another beginning of this generation"))
	}
	return nil
}
