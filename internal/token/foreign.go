package token

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
)

// AccessFrom returns the access token that a foreign refresh token is good for, and
// when it expires. raw was verified. As in the original it has all the claims of the
// refresh token but those that every token has of its own. With a rights version,
// that of its owner, it can be cut off as ours are.
func (i *Issuer) AccessFrom(raw string, rightsVersion *int64) (secret.Text, time.Time, error) {
	old, err := readPayload(raw)
	if err != nil {
		return secret.Text{}, time.Time{}, fmt.Errorf("issue an access token for a foreign one: %w", err)
	}
	now := i.Now()
	expires := i.expiry(now, i.Lifetime, now.Add(i.Lifetime))
	p := i.begin(originalClaims{kind: "access", expires: expires, issued: now, id: newID()})
	o := i.Original
	for _, m := range old {
		switch m.name {
		case o.TokenTypeClaim, "exp", "iat", o.idClaim(), "jti", "rv":
		default:
			p = append(p, m)
		}
	}
	if err := i.address(p); err != nil {
		return secret.Text{}, time.Time{}, err
	}
	if rightsVersion != nil {
		p.number("rv", *rightsVersion)
	}
	access, err := i.sign(p)
	if errors.Is(err, errTooLong) { // the other issuer's claims are what they are
		return secret.Text{}, time.Time{}, ErrRefreshInvalid.Because(err)
	}
	if err != nil {
		return secret.Text{}, time.Time{}, fmt.Errorf("issue an access token for a foreign one: %w", err)
	}
	return access, expires, nil
}

// Sliding returns a new sliding token of a session and when it expires.
func (i *Issuer) Sliding(of Subject, in session.Session) (secret.Text, time.Time, error) {
	now := i.Now()
	expires := i.expiry(now, i.Original.SlidingLifetime, in.ExpiresAt)
	raw, err := i.original(originalClaims{
		kind: "sliding", expires: expires, issued: now, id: newID(), refreshableBefore: in.ExpiresAt,
	}, of, in)
	if err != nil {
		return secret.Text{}, time.Time{}, fmt.Errorf("issue a sliding token to user %s: %w", of.ID, err)
	}
	return raw, expires, nil
}

// SlidingFrom returns the sliding token that follows another one, which was
// verified and can be refreshed before a time: the same claims, the jti included,
// with another beginning and end. It has the rights version of its owner: by its iat,
// which is later than an end of all sessions that was not heard of yet, it would
// outlive that.
func (i *Issuer) SlidingFrom(raw string, before time.Time, rightsVersion *int64) (secret.Text, time.Time, error) {
	p, err := readPayload(raw)
	if err != nil {
		return secret.Text{}, time.Time{}, fmt.Errorf("extend a sliding token: %w", err)
	}
	now := i.Now()
	expires := i.expiry(now, i.Original.SlidingLifetime, before)
	has := func(name string) bool {
		return slices.ContainsFunc(p, func(m member) bool { return m.name == name })
	}
	if !has("iat") {
		p.number("iat", 0) // set below
	}
	if rightsVersion != nil && !has("rv") {
		p.number("rv", 0)
	}
	for n, m := range p {
		switch {
		case m.name == "exp":
			p[n].value = strconv.AppendInt(nil, expires.Unix(), 10)
		case m.name == "iat":
			p[n].value = strconv.AppendInt(nil, now.Unix(), 10)
		case m.name == "rv" && rightsVersion != nil:
			p[n].value = strconv.AppendInt(nil, *rightsVersion, 10)
		}
	}
	if err := i.address(p); err != nil {
		return secret.Text{}, time.Time{}, err
	}
	next, err := i.sign(p)
	if err != nil {
		return secret.Text{}, time.Time{}, fmt.Errorf("extend a sliding token: %w", err)
	}
	return next, expires, nil
}

// address writes the configured audience in the place of the one that was copied,
// which may name others too.
func (i *Issuer) address(p payload) error {
	if len(i.Audience) == 0 {
		return nil
	}
	encoded, err := json.Marshal(audience(i.Audience))
	if err != nil {
		return err
	}
	for n, m := range p {
		if m.name == "aud" {
			p[n].value = encoded
		}
	}
	return nil
}

// readPayload returns the claims of a token in their order. The token was verified:
// what it holds is strict JSON.
func readPayload(raw string) (payload, error) {
	_, rest, _ := strings.Cut(raw, ".")
	encoded, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var p payload
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := name.(string)
		if !ok {
			return nil, errors.New("the payload is not an object")
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		p = append(p, member{key, value})
	}
	return p, nil
}
