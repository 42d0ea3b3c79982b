package token

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/session"
)

// Preview is an access token as it would be issued, without what would make it one:
// it has no signature and its session does not exist.
type Preview struct {
	Header    json.RawMessage
	Claims    json.RawMessage
	ExpiresAt time.Time
	Size      Size
}

// Size says how large an access token is, and what did not fit into it.
type Size struct {
	Bytes int // of the whole token, its signature included; at most MaxBytes

	// Rights says that the token is one that carries roles and permissions. Those of
	// the preset do not, and then the rest is zero.
	Rights bool

	PermissionsBytes  int // that the permissions take, or would take
	PermissionsBudget int // that they may take

	// Left out are the claims that did not fit: services look them up.
	RolesLeftOut, PermissionsLeftOut bool
}

// PreviewSession is the session in the claims of a Preview.
const PreviewSession = "00000000-0000-0000-0000-000000000000"

// Preview returns what Access would issue to a subject now, and how large it is.
func (i *Issuer) Preview(of Subject, lives time.Duration) (Preview, error) {
	of.Rights = of.Rights.For(i.audienceOf(of))
	raw, expires, err := i.Access(of, session.Session{ID: PreviewSession, UserID: of.ID, ExpiresAt: i.Now().Add(lives)})
	if err != nil {
		return Preview{}, err
	}
	p := Preview{ExpiresAt: expires, Size: Size{Bytes: len(raw.Reveal())}}
	segments := strings.Split(raw.Reveal(), ".")
	for n, to := range []*json.RawMessage{&p.Header, &p.Claims} {
		if *to, err = base64.RawURLEncoding.DecodeString(segments[n]); err != nil {
			return Preview{}, fmt.Errorf("decode a token of ours: %w", err)
		}
	}
	if i.Original != nil {
		return p, nil
	}
	var listed map[string]json.RawMessage
	if err := json.Unmarshal(p.Claims, &listed); err != nil {
		return Preview{}, fmt.Errorf("read a token of ours: %w", err)
	}
	_, roles := listed[i.Names.roles()]
	held, permissions := listed[i.Names.permissions()]
	p.Size.Rights, p.Size.RolesLeftOut, p.Size.PermissionsLeftOut = true, !roles, !permissions
	p.Size.PermissionsBudget, p.Size.PermissionsBytes = i.PermissionsBudget, len(held)
	if !permissions {
		p.Size.PermissionsBytes = permissionsBytes(of.Rights.At(i.Now()).Permissions)
	}
	return p, nil
}
