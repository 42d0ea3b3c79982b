package account

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/sheet"
	"github.com/countersign/countersign/internal/user"
)

// Export is a file of accounts that is asked for.
type Export struct {
	Filter user.Filter // as Users takes it
	Format sheet.Format
	To     io.Writer
}

// exported is an account as files have it. Its names are those of the columns, and of
// the API. It has nothing that lets somebody in.
type exported struct {
	ID           string     `json:"id"`
	Username     string     `json:"username"`
	Email        string     `json:"email"`
	FirstName    string     `json:"first_name"`
	LastName     string     `json:"last_name"`
	Active       bool       `json:"is_active"`
	Staff        bool       `json:"is_staff"`
	Superuser    bool       `json:"is_superuser"`
	JoinedAt     time.Time  `json:"joined_at"`
	LastSignInAt *time.Time `json:"last_sign_in_at"`
}

var columns = [...]string{
	"id", "username", "email", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "joined_at", "last_sign_in_at",
}

func exportedOf(u user.User) exported {
	e := exported{
		ID: string(u.ID), Username: u.Username, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName,
		Active: u.Active, Staff: u.Staff, Superuser: u.Superuser, JoinedAt: u.JoinedAt.UTC(),
	}
	if !u.LastSignInAt.IsZero() {
		e.LastSignInAt = new(u.LastSignInAt.UTC())
	}
	return e
}

// Cells implements sheet.Row.
func (e exported) Cells() []string {
	lastSignIn := ""
	if e.LastSignInAt != nil {
		lastSignIn = e.LastSignInAt.Format(time.RFC3339Nano)
	}
	return []string{
		e.ID, e.Username, e.Email, e.FirstName, e.LastName, strconv.FormatBool(e.Active), strconv.FormatBool(e.Staff),
		strconv.FormatBool(e.Superuser), e.JoinedAt.Format(time.RFC3339Nano), lastSignIn,
	}
}

// ExportUsers writes the accounts that a filter chooses, in the order of Users, and
// returns how many. It needs access.ViewUser, as reading them page by page does. That
// so many leave at once is recorded before the first row, and with how many they were
// after the last one, be it the end or where the file was cut off. It reads pages, so
// memory does not grow with the accounts.
func (s *Service) ExportUsers(ctx context.Context, who access.Caller, x Export) (int, error) {
	if err := who.Require(access.ViewUser); err != nil {
		return 0, err
	}
	detail := map[string]any{"format": string(x.Format), "filter": recorded(x.Filter)}
	e := event.New(who, s.Now(), event.ExportStarted, event.Exported("users")).With(detail)
	if err := s.Store.AppendEvent(ctx, e); err != nil {
		return 0, fmt.Errorf("record an export of users: %w", err)
	}
	written, err := s.write(ctx, who, x)
	detail["count"], detail["complete"] = written, err == nil
	e = event.New(who, s.Now(), event.UsersExported, event.Exported("users")).With(detail)
	if err = errors.Join(err, s.Store.AppendEvent(ctx, e)); err != nil {
		return written, fmt.Errorf("export users: %w", err)
	}
	return written, nil
}

// write writes every page of an export.
func (s *Service) write(ctx context.Context, who access.Caller, x Export) (int, error) {
	out := sheet.NewWriter(x.To, x.Format, columns[:]...)
	for written, r := 0, (page.Request{Limit: page.MaxLimit}); ; {
		p, err := s.Users(ctx, who, x.Filter, r)
		if err != nil {
			return written, err
		}
		for _, u := range p.Items {
			if err := out.Write(exportedOf(u)); err != nil {
				return written, err
			}
			written++
		}
		if p.Next.IsZero() {
			return written, out.Flush()
		}
		r.After = p.Next
	}
}

// recorded is a filter as the events of an export have it.
func recorded(f user.Filter) map[string]any {
	all := map[string]any{}
	for name, text := range map[string]string{"search": f.Search, "username_prefix": f.UsernamePrefix, "role": string(f.Role)} {
		if text != "" {
			all[name] = text
		}
	}
	for name, flag := range map[string]*bool{"active": f.Active, "staff": f.Staff, "superuser": f.Superuser} {
		if flag != nil {
			all[name] = *flag
		}
	}
	for name, at := range map[string]time.Time{"joined_from": f.JoinedFrom, "joined_until": f.JoinedUntil} {
		if !at.IsZero() {
			all[name] = at.UTC().Format(time.RFC3339Nano)
		}
	}
	return all
}
