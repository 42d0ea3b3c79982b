package token

import (
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/verify"
)

// Bridge decides on tokens that another issuer signed with the key that it shares
// with us: those without sid. It counts what it lets pass. A nil Bridge lets
// everything pass and counts nothing.
type Bridge struct {
	Until time.Time // zero: for ever
	Now   func() time.Time

	// Algorithm is of the key that only other issuers sign with, empty when they
	// share ours. No token of ours has it, whatever it says of a session.
	Algorithm verify.Algorithm

	access, refresh atomic.Int64
}

// Admit returns nil for tokens of ours, and for foreign ones while the bridge is
// open; else a *verify.Error. It counts a foreign token as an access token.
func (b *Bridge) Admit(c *verify.Claims) error {
	if b == nil {
		return nil
	}
	return b.admit(c, &b.access)
}

// AdmitRefresh is Admit for what is traded for another token.
func (b *Bridge) AdmitRefresh(c *verify.Claims) error {
	if b == nil {
		return nil
	}
	return b.admit(c, &b.refresh)
}

func (b *Bridge) admit(c *verify.Claims, counter *atomic.Int64) error {
	switch {
	case c.SessionID == "":
	case b.Algorithm != "" && c.Algorithm == b.Algorithm:
		return &verify.Error{Code: verify.CodeIssuer}
	default:
		return nil
	}
	if !b.Until.IsZero() && !b.Now().Before(b.Until) {
		return &verify.Error{Code: verify.CodeIssuer}
	}
	counter.Add(1)
	return nil
}

// Took returns how many foreign tokens passed since the last call.
func (b *Bridge) Took() (access, refresh int64) {
	return b.access.Swap(0), b.refresh.Swap(0)
}
