package role

import (
	"context"
	"fmt"
	"strings"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
)

// ErrInUse is returned for a role that somebody has or that another one includes.
// What is returned says who.
var ErrInUse = fault.New(fault.Conflict, "role_in_use", "The role is in use.")

// named is how many users and roles ErrInUse names at most, of each.
const named = 10

// Use is who a role would be taken from. Each list has one more than was asked for
// when there are more.
type Use struct {
	Holders   []string // usernames of those who have the role itself
	Including []string // names of the roles that include it directly
}

// unused returns ErrInUse when somebody has the role or another role includes it.
// It names only what the caller may see.
func (s *Service) unused(ctx context.Context, tx Store, who access.Caller, id ident.RoleID) error {
	u, err := tx.RoleUse(ctx, id, s.Now(), named+1)
	if err != nil || len(u.Holders)+len(u.Including) == 0 {
		return err
	}
	var says []string
	if len(u.Holders) > 0 {
		says = append(says, "held by "+list(u.Holders, "user", who.Rights.Holds(access.ViewUser)))
	}
	if len(u.Including) > 0 {
		says = append(says, "included by "+list(u.Including, "role", who.Rights.Holds(access.ViewRole)))
	}
	f := *ErrInUse
	f.Public = fmt.Sprintf("The role is in use: %s.", strings.Join(says, "; "))
	return &f
}

// list names things, or says how many there are to whoever may not see them.
func list(names []string, thing string, visible bool) string {
	more := len(names) > named
	names = names[:min(len(names), named)]
	text := strings.Join(names, ", ")
	if !visible {
		text = fmt.Sprintf("%d %s", len(names), thing)
		if len(names) > 1 {
			text += "s"
		}
	}
	if more {
		text += " and more"
	}
	return text
}
