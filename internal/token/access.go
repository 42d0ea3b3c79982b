package token

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/verify"
)

// MaxBytes is the longest token that is issued (RFC 7519 names no limit; the
// verifier refuses anything longer).
const MaxBytes = 8192

// Issuer makes tokens.
type Issuer struct {
	Keys *keyring.Keyring
	Root secret.Root
	Now  func() time.Time

	Name     string   // iss
	Audience []string // aud
	Type     string   // typ of the header: "JWT" or "at+jwt"
	Lifetime time.Duration
	Leeway   time.Duration // by how much clocks may differ, when tokens are read

	// Names are what the claims with roles and permissions are called. Presets are
	// claims more that others want.
	Names   RightsClaims
	Presets Presets

	// PermissionsBudget is how many bytes the permissions claim may take; over it
	// the claim is left out.
	PermissionsBudget int

	// Original is set under the preset, nil otherwise.
	Original *Original

	header atomic.Pointer[header]
}

// header is the encoded JOSE header of one key.
type header struct {
	kid     string
	encoded string
}

// Subject is whom an access token is made for, as of one moment.
type Subject struct {
	ID            ident.UserID
	Username      string
	Email         string
	PasswordMark  string // see user.PasswordMark; looked at with Original.RevokeClaim
	Rights        access.Rights
	RightsVersion int64
	AccessVersion int64

	// Audience is the one that the token is for, which is one of the issuer's; "" for
	// all of them. The preset does not look at it.
	Audience string
}

// audienceOf are the audiences of a subject's token.
func (i *Issuer) audienceOf(of Subject) []string {
	if of.Audience == "" {
		return i.Audience
	}
	return []string{of.Audience}
}

// Issues reports whether there is a key to sign with. A service that only verifies
// has none.
func (i *Issuer) Issues() bool { return i.Keys.Signer() != nil }

// Access returns a new access token for a subject in a session, and when it
// expires. What is bound to an audience that the token is not for is not in it. It never outlives the session's absolute expiry, nor the earliest end of
// anything that the subject was given for a limited time; what ends within the second
// in which it is made is not in it. Under the preset a token carries nothing that
// ends: its bearer is looked up.
func (i *Issuer) Access(of Subject, in session.Session) (secret.Text, time.Time, error) {
	now, latest := i.Now(), in.ExpiresAt
	of.Rights = of.Rights.For(i.audienceOf(of)).At(now.Truncate(time.Second).Add(time.Second))
	if end := of.Rights.Until; i.Original == nil && !end.IsZero() && end.Before(latest) {
		latest = end
	}
	expires := i.expiry(now, i.Lifetime, latest)
	raw, err := i.access(of, in, now, expires)
	if err != nil {
		return secret.Text{}, time.Time{}, fmt.Errorf("issue an access token to user %s: %w", of.ID, err)
	}
	return raw, expires, nil
}

// expiry is the exp of a token that is made now, at most the latest. iat has whole
// seconds, and exp is held against it.
func (i *Issuer) expiry(now time.Time, lifetime time.Duration, latest time.Time) time.Time {
	expires := now.Truncate(time.Second).Add(lifetime)
	if expires.After(latest) {
		expires = latest
	}
	return expires.Truncate(time.Second)
}

func (i *Issuer) access(of Subject, in session.Session, now, expires time.Time) (secret.Text, error) {
	if i.Original != nil {
		return i.original(originalClaims{kind: "access", expires: expires, issued: now, id: newID()}, of, in)
	}
	c := accessClaims{issued: now, expires: expires, id: newID(), roles: of.Rights.Roles, permissions: i.withinBudget(of.Rights.Permissions)}
	if c.roles == nil {
		c.roles = []string{}
	}
	raw, err := i.sign(i.claims(c, of, in))
	if errors.Is(err, errTooLong) && c.permissions != nil {
		c.permissions = nil // many roles, and permissions within their budget
		raw, err = i.sign(i.claims(c, of, in))
	}
	if errors.Is(err, errTooLong) {
		c.permissions, c.roles = nil, nil
		raw, err = i.sign(i.claims(c, of, in))
	}
	return raw, err
}

// withinBudget returns the permissions if they fit, nil when the claim has to be
// left out. No permissions at all fit as an empty list.
func (i *Issuer) withinBudget(all []access.Permission) []access.Permission {
	if permissionsBytes(all) > i.PermissionsBudget {
		return nil
	}
	if all == nil {
		return []access.Permission{}
	}
	return all
}

// permissionsBytes is how long the permissions are as a JSON array.
func permissionsBytes(all []access.Permission) int {
	size := len("[]") + max(0, len(all)-1) // the commas between
	for _, p := range all {
		size += len(`""`) + len(p)
	}
	return size
}

var errTooLong = errors.New("the token is too long")

// sign encodes and signs claims with the active key (RFC 7515, section 7.1).
func (i *Issuer) sign(claims any) (secret.Text, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return secret.Text{}, err
	}
	signer := i.Keys.Signer()
	if signer == nil {
		return secret.Text{}, keyring.ErrVerifyOnly
	}
	input := i.headerFor(signer) + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature, err := signer.Sign([]byte(input))
	if err != nil {
		return secret.Text{}, fmt.Errorf("sign with key %s: %w", signer.ID, err)
	}
	raw := input + "." + base64.RawURLEncoding.EncodeToString(signature)
	if len(raw) > MaxBytes {
		return secret.Text{}, fmt.Errorf("%w: %d bytes, at most %d", errTooLong, len(raw), MaxBytes)
	}
	return secret.New(raw), nil
}

// headerFor returns the encoded header for a key. There is one active key at a
// time, so one is remembered.
func (i *Issuer) headerFor(signer *keyring.Signer) string {
	if h := i.header.Load(); h != nil && h.kid == signer.ID {
		return h.encoded
	}
	plain := fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":%q}`, signer.Algorithm, signer.ID, i.Type)
	if i.Original != nil && i.Keys.OneKey() {
		plain = fmt.Sprintf(`{"alg":%q,"typ":"JWT"}`, signer.Algorithm)
	}
	h := &header{kid: signer.ID, encoded: base64.RawURLEncoding.EncodeToString([]byte(plain))}
	i.header.Store(h)
	return h.encoded
}

// VerifierConfig is how the installation verifies its own access tokens. The
// caller adds Revocations and, under the preset, may change TokenTypes.
func (i *Issuer) VerifierConfig() verify.Config {
	c := verify.Config{
		Keys: i.Keys.KeySet, Issuer: i.Name, Audience: i.Audience, Types: []string{"JWT", "at+jwt"},
		Now: i.Now, Leeway: i.Leeway, LiveRoles: true, MaxLifetime: i.Lifetime,
		Claims: verify.ClaimNames{Roles: i.Names.Roles, Permissions: i.Names.Permissions},
	}
	if o := i.Original; o != nil {
		c.SkipIssuer, c.SkipAudience = i.Name == "", len(i.Audience) == 0
		c.Types, c.AnyHeader, c.IgnoreKeyID = nil, true, i.Keys.OneKey()
		c.Claims = verify.ClaimNames{UserID: o.UserIDClaim, TokenType: o.TokenTypeClaim, ID: o.idClaim()}
		c.AnyTokenType, c.SkipID = o.TokenTypeClaim == "", o.IDClaim == ""
		c.AnyUserID, c.AnyClaims = true, true
		c.SkipRights = true // other issuers may call anything roles
		// A key that is shared with other issuers signs what they like.
		c.MaxLifetime = -1
	}
	return c
}
