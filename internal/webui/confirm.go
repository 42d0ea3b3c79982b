package webui

import (
	"errors"
	"net/url"
	"slices"

	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/web"
)

// confirmField is the password in the form that asks for it again.
const confirmField = "confirm_password"

// confirmView is the page that asks for the password again. It posts what was posted
// once more, to the same address, so that nothing has to be typed twice.
type confirmView struct {
	Action   string
	Again    []hidden
	Problem  string
	Username string
	Back     string // where to go on after a file, "" for what shows a page itself
}

// hidden is one value of the form that waits.
type hidden struct{ Name, Value string }

// confirm asks for the password before a dangerous action, unless this browser proved
// it within the last five minutes. It returns nil when the action may go on. The
// cookie with the new time is set then, so that the next action is not asked for.
func (s *Site) confirm(v *visit) (answer, error) {
	if v.visitor.Recent(s.Now()) {
		return nil, nil
	}
	if !v.PostForm.Has(confirmField) {
		return confirmPage(v, ""), nil
	}
	plain := secret.New(v.PostForm.Get(confirmField))
	proved, err := s.SignIn.Prove(v.Context(), v.Who.Origin, v.Who.Name, plain)
	if err == nil && proved.ID != v.Who.UserID { // the name passed to another account meanwhile
		err = signin.ErrBadCredentials
	}
	if errors.Is(err, signin.ErrBadCredentials) {
		web.Note(v.Context()).SetError(err)
		return confirmPage(v, "That is not your password."), nil
	}
	if refused, ok := refusalOf(err); err != nil && ok {
		web.Note(v.Context()).SetError(err)
		return confirmPage(v, refused.General), nil
	}
	if err != nil {
		return nil, err
	}
	v.PostForm.Del(confirmField)
	v.way.keepSession(v.out, s.Browsers.Cookie(v.visitor.Session, s.Now()).Reveal())
	return nil, nil
}

func confirmPage(v *visit, problem string) answer {
	view := confirmView{Action: v.URL.RequestURI(), Problem: problem, Username: v.Who.Name, Back: v.route.back, Again: again(v.PostForm)}
	return shown{name: "confirm", title: "Confirm that it is you", body: view, status: 403}
}

// again is a form to be posted once more, in an order that does not change.
func again(form url.Values) []hidden {
	var all []hidden
	for name, values := range form {
		for _, value := range values {
			if name != confirmField {
				all = append(all, hidden{name, value})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b hidden) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return all
}
