package token

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/verify"
)

// Original is how tokens are made under the preset: with exactly the original's
// claims, by the names that its settings give them, and sid and rv. An empty name
// leaves the claim out.
type Original struct {
	UserIDField    string // what names a person: "id", "username" or "email"
	UserIDClaim    string
	NumericUserID  bool // an id of digits is a number in the claim
	TokenTypeClaim string
	IDClaim        string
	RevokeClaim    string // holds the mark of the password

	SlidingLifetime        time.Duration
	SlidingRefreshLifetime time.Duration
	SlidingExpiryClaim     string // until when a sliding token can be refreshed
}

// Mark returns the mark of the password that a token has in a claim, empty when it
// has none.
func Mark(c *verify.Claims, claim string) string {
	raw, _ := c.Extra(claim)
	var mark string
	if json.Unmarshal(raw, &mark) != nil {
		return ""
	}
	return mark
}

// NoClaim is the claim under which the original, told to write no jti, writes it.
const NoClaim = "null"

// member is one claim; its value is JSON.
type member struct {
	name  string
	value []byte
}

// payload is claims in an order.
type payload []member

// text adds a string. With an empty name it adds nothing.
func (p *payload) text(name, value string) { p.json(name, value) }

func (p *payload) number(name string, n int64) { p.add(name, strconv.AppendInt(nil, n, 10)) }

// json adds a value that always can be encoded.
func (p *payload) json(name string, value any) {
	encoded, _ := json.Marshal(value)
	p.add(name, encoded)
}

func (p *payload) add(name string, value []byte) {
	if name != "" {
		*p = append(*p, member{name, value})
	}
}

// MarshalJSON implements json.Marshaler.
func (p payload) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i, m := range p {
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, name...), ':'), m.value...)
	}
	return append(text, '}'), nil
}

// originalClaims are the claims of a token under the preset, in the original's
// order.
type originalClaims struct {
	kind              string
	expires, issued   time.Time
	id                string
	refreshableBefore time.Time // of a sliding token, else zero
}

// original signs a token under the preset.
func (i *Issuer) original(c originalClaims, of Subject, in session.Session) (secret.Text, error) {
	o := i.Original
	p := i.begin(c)
	if !c.refreshableBefore.IsZero() {
		p.number(o.SlidingExpiryClaim, c.refreshableBefore.Unix())
	}
	o.subject(&p, of)
	if o.RevokeClaim != "" {
		p.text(o.RevokeClaim, of.PasswordMark)
	}
	if len(i.Audience) > 0 {
		p.json("aud", audience(i.Audience))
	}
	if i.Name != "" {
		p.text("iss", i.Name)
	}
	p.text("sid", string(in.ID))
	p.number("rv", of.RightsVersion)
	return i.sign(p)
}

// begin returns the claims that every token has of its own. Without a claim for
// the type the original's bug writes the jti under NoClaim, and so it can be found.
func (i *Issuer) begin(c originalClaims) payload {
	p := make(payload, 0, 12)
	p.text(i.Original.TokenTypeClaim, c.kind)
	p.number("exp", c.expires.Unix())
	p.number("iat", c.issued.Unix())
	p.text(i.Original.idClaim(), c.id)
	return p
}

func (o *Original) idClaim() string {
	if o.IDClaim == "" {
		return NoClaim
	}
	return o.IDClaim
}

// subject adds what names the person.
func (o *Original) subject(p *payload, of Subject) {
	value := string(of.ID)
	switch o.UserIDField {
	case "username":
		value = of.Username
	case "email":
		value = of.Email
	}
	if _, err := strconv.ParseInt(value, 10, 64); err == nil && o.NumericUserID {
		p.add(o.UserIDClaim, []byte(value))
		return
	}
	p.text(o.UserIDClaim, value)
}
