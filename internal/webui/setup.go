package webui

import (
	"context"
	"errors"
	"net/http"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
)

// Setup is the use case behind the page that makes the first superuser;
// *account.Service is the one of the service.
type Setup interface {
	SetupLive(ctx context.Context, token secret.Text) (bool, error)
	Setup(ctx context.Context, from access.Origin, token secret.Text, d account.Draft) (user.User, error)
}

// withoutOrigin reports whether nothing says where a form comes from. On plain HTTP by
// a name that is not localhost, and in old ones, browsers send no Sec-Fetch-Site, and
// from a page without referrer the origin "null" (Fetch standard, section 3.2): that is
// our own page's form too. Where the address is a secret, which no other site knows, it
// is the protection.
func withoutOrigin(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null"
}

// ownForm refuses the forms of other sites.
func ownForm(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "This form was sent from another site. Open the setup link itself.", http.StatusForbidden)
	}))
	protected := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if withoutOrigin(r) {
			next.ServeHTTP(w, r)
			return
		}
		protected.ServeHTTP(w, r)
	})
}

// setupView is what the page shows.
type setupView struct {
	Live     bool
	Done     bool
	Username string
	General  string // a refusal that is about no field
	Fields   []field
}

// setupForm is the page with its form, filled with what was typed but for the
// passwords.
func setupForm(r *http.Request, refused refusal) setupView {
	next := password("password", "Password", "new-password")
	next.Hint = hintPassword
	return setupView{Live: true, General: refused.General, Fields: marked([]field{
		{Name: "username", Label: "Username", Type: "text", Value: r.PostForm.Get("username"), Autocomplete: "username", Required: true, MaxLength: 150},
		{Name: "email", Label: "Email", Type: "email", Value: r.PostForm.Get("email"), Autocomplete: "email", Optional: true, MaxLength: 254},
		next, password("password_again", "Password, once more", "new-password"),
	}, refused, "username")}
}

func (s *Site) showSetup(w http.ResponseWriter, r *http.Request) {
	if s.live(w, r) {
		s.renderSetup(w, r, http.StatusOK, setupForm(r, refusal{}))
	}
}

// live reports whether the link of a request works, and answers when it does not.
func (s *Site) live(w http.ResponseWriter, r *http.Request) bool {
	live, err := s.Setup.SetupLive(r.Context(), secret.New(r.PathValue("token")))
	if err == nil && !live {
		err = account.ErrSetupLink
	}
	if err != nil {
		s.failSetup(w, r, err)
	}
	return err == nil
}

func (s *Site) postSetup(w http.ResponseWriter, r *http.Request) {
	if err := readForm(r); err != nil {
		f := fault.Of(err)
		code := statuses[f.Kind].code
		if errors.Is(err, errFormKind) {
			code = http.StatusUnsupportedMediaType
		}
		http.Error(w, f.Public, code)
		return
	}
	if !s.live(w, r) {
		return
	}
	plain := secret.New(r.PostForm.Get("password"))
	if !plain.Equal(secret.New(r.PostForm.Get("password_again"))) {
		s.renderSetup(w, r, http.StatusBadRequest, setupForm(r, differ("password_again")))
		return
	}
	made, err := s.Setup.Setup(r.Context(), web.Origin(r), secret.New(r.PathValue("token")), account.Draft{
		Username: r.PostForm.Get("username"), Email: r.PostForm.Get("email"), Password: plain,
	})
	if err != nil {
		s.failSetup(w, r, err)
		return
	}
	s.renderSetup(w, r, http.StatusCreated, setupView{Done: true, Username: made.Username})
}

// failSetup shows a refusal: problems of fields beside them, a dead link without the
// form, anything else as one sentence.
func (s *Site) failSetup(w http.ResponseWriter, r *http.Request, err error) {
	web.Note(r.Context()).SetError(err)
	if errors.Is(err, account.ErrSetupLink) {
		s.renderSetup(w, r, http.StatusNotFound, setupView{General: fault.Of(err).Public})
		return
	}
	refused, ok := refusalOf(err)
	if !ok {
		refused = refusal{Status: http.StatusInternalServerError, General: textInternal}
	}
	if fault.KindOf(err) == fault.Unavailable {
		w.Header().Set("Retry-After", "1")
	}
	if refused.Status == http.StatusConflict { // a name that is taken is a problem of its field
		refused.Status = http.StatusBadRequest
	}
	s.renderSetup(w, r, refused.Status, setupForm(r, refused))
}

func (s *Site) renderSetup(w http.ResponseWriter, r *http.Request, status int, view setupView) {
	title := "Set up"
	if view.Done {
		title = "Ready"
	}
	w.Header().Set("Referrer-Policy", "no-referrer") // the address is the secret
	s.render(w, r, frame{page: "setup", status: status, Title: title, Body: view})
}
