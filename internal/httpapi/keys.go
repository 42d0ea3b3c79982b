package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/keyring"
)

const tagKeys = "Signing keys"

func keyRoutes() []route {
	return []route{
		{method: get, path: "/keys", access: holder(access.ViewKey), id: "listKeys", tag: tagKeys, register: bind((*API).listKeys),
			summary: "List the signing keys", about: "In the order in which they begin to sign. Never a private key; the public ones are at `/.well-known/jwks.json`."},
		{method: post, path: "/keys/rotate", access: holder(access.RotateKey), id: "rotateKeys", tag: tagKeys, register: bind((*API).rotateKeys),
			status: http.StatusCreated, conflicts: true, summary: "Make a new signing key",
			about: "It is published at once and begins to sign when every verifier has it: after twice the time that they may keep the set. " +
				"The old one stays published until the last token that it signed has expired. 409 `rotation_pending` while the last new key has not begun."},
	}
}

// keyResponse is a signing key without its private half.
type keyResponse struct {
	ID          string     `json:"kid" doc:"RFC 7638 thumbprint; empty where the configuration gives a key without one." example:"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"`
	Algorithm   string     `json:"alg" example:"ES256"`
	State       string     `json:"state" enum:"pending,active,retiring,retired" doc:"pending: published, and not signing yet; active: signing; retiring: published for the tokens that it signed; retired: neither." example:"active"`
	CreatedAt   *time.Time `json:"created_at" doc:"null for a key of the configuration, as are the other times." example:"2026-01-31T12:00:00Z"`
	ActivatesAt *time.Time `json:"activates_at" doc:"When it begins to sign." example:"2026-01-31T12:10:00Z"`
	RetiresAt   *time.Time `json:"retires_at" doc:"When it is not published any more; null while no other key takes its place." example:"2026-03-01T12:00:00Z"`
}

func keyOf(k keyring.Key) keyResponse {
	return keyResponse{
		ID: k.ID, Algorithm: string(k.Algorithm), State: string(k.State), CreatedAt: momentOrNull(k.CreatedAt),
		ActivatesAt: momentOrNull(k.ActivatesAt), RetiresAt: momentOrNull(k.RetiresAt),
	}
}

func (a *API) listKeys(ctx context.Context, who access.Caller, _ *struct{}) (*body[list[keyResponse]], error) {
	keys, err := a.Keys.List(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(keys, keyOf), nil
}

func (a *API) rotateKeys(ctx context.Context, who access.Caller, _ *struct{}) (*created[keyResponse], error) {
	k, err := a.Keys.Rotate(ctx, who)
	if err != nil {
		return nil, err
	}
	return &created[keyResponse]{Location: prefix + "/keys", Body: keyOf(k)}, nil
}
