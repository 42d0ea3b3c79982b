package webui

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/web"
)

// msgNobody is said when no box was ticked.
const msgNobody = "Nobody was chosen. Tick the boxes of the users that you mean."

// bulkView says what became of each of those who were chosen.
type bulkView struct {
	Disable bool   // else they were to be enabled
	Problem string // nothing was done because of it
	Back    string

	Done    []namedUser
	Already int // were so before
	Refused []refusedUser
}

// namedUser is an account as far as it is known.
type namedUser struct {
	ID   ident.UserID
	Name string
}

// refusedUser is one who stayed as they were.
type refusedUser struct {
	namedUser
	Why string
}

// bulkUsers disables or enables those who were chosen, each by themselves. It says
// what happened to whom, which a message cannot hold; what undoes it is for those
// alone whom it changed.
func (s *Site) bulkUsers(v *visit) (answer, error) {
	r := account.BulkRequest{Action: account.BulkAction(v.PostForm.Get("action"))}
	if r.Action != account.BulkDisable && r.Action != account.BulkEnable {
		return nil, account.ErrBulkAction
	}
	for _, id := range v.PostForm["id"] {
		r.IDs = append(r.IDs, ident.UserID(id))
	}
	asked, _ := url.ParseQuery(v.PostForm.Get("asked")) // what is no query is no filter
	view := bulkView{Disable: r.Action == account.BulkDisable, Back: usersQueryOf(asked).path("")}
	bulk := account.Bulk{Accounts: s.Accounts, Roles: s.Roles, Sessions: s.Sessions}
	results, err := bulk.Do(v.Context(), v.Who, r)
	switch {
	case errors.Is(err, account.ErrBulkNobody):
		return bulkRefused(v, view, err, msgNobody), nil
	case errors.Is(err, account.ErrBulkMany):
		return bulkRefused(v, view, err, account.ErrBulkMany.Public), nil
	case err != nil:
		return nil, err
	}
	for _, each := range results {
		u := namedUser{ID: each.ID, Name: string(each.ID)}
		if seen, err := s.Accounts.User(v.Context(), v.Who, each.ID); err == nil {
			u.Name = seen.Username
		}
		switch {
		case each.Err != nil:
			view.Refused = append(view.Refused, refusedUser{u, fault.Of(each.Err).Public})
		case each.Already:
			view.Already++
		default:
			view.Done = append(view.Done, u)
		}
	}
	title := map[bool]string{true: "Users are disabled", false: "Users are enabled"}[view.Disable]
	if len(view.Done) == 0 {
		title = titleUnchanged
	}
	return shown{name: "users-bulk", title: title, body: view}, nil
}

const titleUnchanged = "Nothing was changed"

func bulkRefused(v *visit, view bulkView, err error, problem string) answer {
	web.Note(v.Context()).SetError(err)
	view.Problem = problem
	return shown{name: "users-bulk", title: titleUnchanged, body: view, status: http.StatusBadRequest}
}

// over reports whether the caller may act on somebody who holds these rights.
func (v *visit) over(p access.Permission, id ident.UserID, rights access.Rights) bool {
	return v.Who.Rights.Holds(p) && v.Who.RequireOver(id, rights) == nil
}
