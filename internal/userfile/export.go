package userfile

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/user"
)

// ExportOptions are what Export may be told.
type ExportOptions struct {
	// PasswordHashes writes the hashes too: whoever has the file can try passwords
	// on them, as fast as their machines are.
	PasswordHashes bool

	// Progress is told how many users were written, after each page; it may be nil.
	Progress func(users int)
}

// exported is a line of the file. Its names are those of the columns.
type exported struct {
	ID           ident.UserID `json:"id"`
	Username     string       `json:"username"`
	Email        string       `json:"email"`
	FirstName    string       `json:"first_name"`
	LastName     string       `json:"last_name"`
	Active       bool         `json:"is_active"`
	Staff        bool         `json:"is_staff"`
	Superuser    bool         `json:"is_superuser"`
	JoinedAt     time.Time    `json:"joined_at"`
	LastSignInAt *time.Time   `json:"last_sign_in_at"`

	PasswordHash       string `json:"password_hash,omitempty"`
	PasswordMustChange bool   `json:"password_must_change,omitempty"`

	Roles       []string            `json:"roles"`
	Permissions []access.Permission `json:"permissions"`

	// What ends, so that nobody who reads the file gives it for ever.
	RolesUntil       []string `json:"roles_until,omitempty"`
	PermissionsUntil []string `json:"permissions_until,omitempty"`
}

// hold writes what an account was given and has not ended.
func (e *exported) hold(held Holdings) {
	e.Roles, e.Permissions = []string{}, []access.Permission{}
	for _, r := range held.Roles {
		if r.Until.IsZero() {
			e.Roles = append(e.Roles, r.Name)
		} else {
			e.RolesUntil = append(e.RolesUntil, until{r.Name, r.Until}.String())
		}
	}
	for _, g := range held.Permissions {
		if g.Until.IsZero() {
			e.Permissions = append(e.Permissions, g.Permission)
		} else {
			e.PermissionsUntil = append(e.PermissionsUntil, until{string(g.Permission), g.Until}.String())
		}
	}
}

// Export writes every user as a line of JSON, in the order of their ids, and returns
// how many. It reads pages, so memory does not grow with the users. Only a superuser
// may.
func (s *Service) Export(ctx context.Context, who access.Caller, to io.Writer, o ExportOptions) (int, error) {
	if err := mayMove(who); err != nil {
		return 0, err
	}
	buffered := bufio.NewWriter(to)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	written, last := 0, ident.UserID("")
	for {
		users, err := s.Store.UsersAfter(ctx, last, batchRows)
		if err != nil {
			return written, fmt.Errorf("export users: %w", err)
		}
		if len(users) == 0 {
			return written, buffered.Flush()
		}
		last = users[len(users)-1].ID
		if err := s.exportPage(ctx, encoder, users, o); err != nil {
			return written, fmt.Errorf("export users: %w", err)
		}
		written += len(users)
		if o.Progress != nil {
			o.Progress(len(users))
		}
	}
}

func (s *Service) exportPage(ctx context.Context, to *json.Encoder, users []user.User, o ExportOptions) error {
	ids := make([]ident.UserID, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	holdings, err := s.Store.Holdings(ctx, ids, s.Now())
	if err != nil {
		return err
	}
	for _, u := range users {
		e := exported{
			ID: u.ID, Username: u.Username, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName,
			Active: u.Active, Staff: u.Staff, Superuser: u.Superuser, JoinedAt: u.JoinedAt.UTC(),
		}
		e.hold(holdings[u.ID])
		if !u.LastSignInAt.IsZero() {
			e.LastSignInAt = new(u.LastSignInAt.UTC())
		}
		if o.PasswordHashes {
			e.PasswordHash, e.PasswordMustChange = u.Password.Reveal(), u.PasswordMustChange
		}
		if err := to.Encode(e); err != nil {
			return err
		}
	}
	return nil
}
