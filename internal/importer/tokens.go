package importer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/session"
)

const (
	maxJTI = 255 // bytes

	// forLong is how long a token stays refused whose expiry cannot be read.
	forLong = 10 * 365 * 24 * time.Hour

	// tries is how often a transaction is begun again because somebody else wrote
	// the same thing.
	tries = 3
)

// allTokens keeps what the source revoked, until it expires. Tokens that the
// source did not revoke need nothing: their signature speaks for them.
func (p *pass) allTokens(ctx context.Context) error {
	for rows, err := range p.from.RevokedTokens(ctx, batch, p.began) {
		if err != nil {
			return err
		}
		tokens := make([]session.RevokedToken, 0, len(rows))
		for _, row := range rows {
			p.report.Tokens.Read++
			t, why := p.tokenOf(row)
			if why != "" {
				p.report.refuse(&p.report.Tokens, BadRow, row.Row, why)
				continue
			}
			tokens = append(tokens, t)
		}
		if err := p.revoke(ctx, tokens); err != nil {
			return err
		}
	}
	return nil
}

// tokenOf returns what is kept of a token, or why that is nothing.
func (p *pass) tokenOf(row Token) (session.RevokedToken, string) {
	switch {
	case row.Broken != "":
		return session.RevokedToken{}, row.Broken
	case row.JTI == "":
		return session.RevokedToken{}, "it has no jti, so it cannot be told from others"
	case len(row.JTI) > maxJTI || !utf8.ValidString(row.JTI) || strings.ContainsRune(row.JTI, 0):
		return session.RevokedToken{}, "its jti cannot be kept"
	}
	t := session.RevokedToken{
		ID: row.JTI, RevokedAt: row.RevokedAt, ExpiresAt: row.ExpiresAt, Reason: session.Blacklisted,
	}
	if ident.Valid(row.UserID) {
		t.UserID = ident.UserID(row.UserID)
	}
	if t.RevokedAt.IsZero() {
		t.RevokedAt = p.began
	}
	if t.ExpiresAt.IsZero() {
		t.ExpiresAt = p.began.Add(forLong)
		p.report.add(Problem{Kind: BadRow, Table: row.Table, ID: row.ID,
			Reason: "when it expires cannot be read; it is refused for ten years"})
	}
	return t, ""
}

func (p *pass) revoke(ctx context.Context, tokens []session.RevokedToken) error {
	if len(tokens) == 0 {
		return nil
	}
	var fresh int64
	var err error
	if p.write {
		fresh, err = p.keepTokens(ctx, tokens)
	} else {
		fresh, err = p.unknown(ctx, tokens)
	}
	p.report.Tokens.Created += fresh
	p.report.Tokens.Unchanged += int64(len(tokens)) - fresh
	return err
}

// keepTokens returns how many were not known before.
func (p *pass) keepTokens(ctx context.Context, tokens []session.RevokedToken) (int64, error) {
	for try := 1; ; try++ {
		var fresh int64
		err := p.InTx(ctx, func(tx Store) error {
			var err error
			if fresh, err = tx.RevokeTokens(ctx, tokens); err != nil || fresh == 0 {
				return err
			}
			return tx.AppendEvent(ctx, event.New(p.who, p.began, event.ImportWritten, p.subject()).
				With(map[string]any{"revoked_tokens": fresh}))
		})
		if !errors.Is(err, session.ErrTokenRevoked) || try == tries {
			return fresh, err
		}
	}
}

// unknown counts the tokens of which nothing is kept.
func (p *pass) unknown(ctx context.Context, tokens []session.RevokedToken) (int64, error) {
	var n int64
	for _, t := range tokens {
		_, err := p.Store.RevokedToken(ctx, t.ID)
		if errors.Is(err, session.ErrNotFound) {
			n++
		} else if err != nil {
			return 0, fmt.Errorf("look for a revoked token: %w", err)
		}
	}
	return n, nil
}
