package webui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/token"
)

// userTokenView is what an account would be issued now.
type userTokenView struct {
	VerifyOnly     bool // nothing: the service issues no tokens
	Header, Claims string
	ExpiresAt      time.Time

	Bytes       string // how much there is of how much there may be
	Permissions string // of the permissions; "" where tokens carry none

	RolesLeftOut, PermissionsLeftOut bool
}

// tokenOf returns nil for who may not see accounts.
func (s *Site) tokenOf(v *visit, id ident.UserID) (*userTokenView, error) {
	if !v.Who.Rights.Holds(access.ViewUser) {
		return nil, nil
	}
	p, err := s.SignIn.Preview(v.Context(), v.Who, id)
	if errors.Is(err, keyring.ErrVerifyOnly) {
		return &userTokenView{VerifyOnly: true}, nil
	}
	if err != nil {
		return nil, err
	}
	view := &userTokenView{
		ExpiresAt: p.ExpiresAt, Bytes: bytesOf(p.Size.Bytes, token.MaxBytes),
		RolesLeftOut: p.Size.RolesLeftOut, PermissionsLeftOut: p.Size.PermissionsLeftOut,
	}
	if p.Size.Rights {
		view.Permissions = bytesOf(p.Size.PermissionsBytes, p.Size.PermissionsBudget)
		if p.Size.PermissionsBytes > p.Size.PermissionsBudget {
			view.Permissions = number(int64(p.Size.PermissionsBytes)) + " bytes, where " + number(int64(p.Size.PermissionsBudget)) + " fit"
		}
	}
	if view.Header, err = laidOut(p.Header); err != nil {
		return nil, err
	}
	view.Claims, err = laidOut(p.Claims)
	return view, err
}

// laidOut writes JSON on several lines, in the order that it has. What is not seen, or
// turns what stands around it, is written by its number, which is the same to JSON
// (RFC 8259, section 7).
func laidOut(raw json.RawMessage) (string, error) {
	var lines bytes.Buffer
	if err := json.Indent(&lines, raw, "", "  "); err != nil {
		return "", fmt.Errorf("lay out a token of ours: %w", err)
	}
	var out strings.Builder
	for _, r := range lines.String() {
		if r == '\n' || unicode.IsPrint(r) {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String(), nil
}

// bytesOf says how much there is of what there may be.
func bytesOf(n, most int) string {
	return number(int64(n)) + " of at most " + number(int64(most)) + " bytes"
}

// sizeSaid says within a message how large the next token of an account is, with a
// space before it; "" where there is nothing to say.
func (s *Site) sizeSaid(v *visit) (string, error) {
	size, err := s.SignIn.NextSize(v.Context(), v.Who, ident.UserID(v.PathValue("id")))
	if size == nil || err != nil {
		return "", err
	}
	text := " Their next token has " + bytesOf(size.Bytes, token.MaxBytes)
	switch {
	case size.RolesLeftOut:
		return text + ", and no room for roles and permissions: they are left out, and services look them up.", nil
	case size.PermissionsLeftOut:
		return text + ", and no room for the permissions: they are left out, and services look them up.", nil
	}
	return text + ".", nil
}
