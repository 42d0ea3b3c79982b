package webui

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"mime"
	"net/http"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/web"
)

//go:embed pages
var pages embed.FS

// Setup is the use case behind the page; *account.Service is the one of the
// service.
type Setup interface {
	SetupLive(ctx context.Context, token secret.Text) (bool, error)
	Setup(ctx context.Context, from access.Origin, token secret.Text, d account.Draft) (user.User, error)
}

// Site is what the pages need.
type Site struct {
	Accounts Setup

	setup *template.Template
}

// pagePolicy lets a page use its own style sheet and post to itself.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Register adds the pages. An error is a bug in a template.
func (s *Site) Register(mux *http.ServeMux) error {
	var err error
	if s.setup, err = template.ParseFS(pages, "pages/setup.html"); err != nil {
		return fmt.Errorf("read the setup page: %w", err)
	}
	style, err := pages.ReadFile("pages/style.css")
	if err != nil {
		return fmt.Errorf("read the style sheet: %w", err)
	}
	mux.HandleFunc("GET /setup/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = w.Write(style) // a client that went away hears nothing
	})
	mux.HandleFunc("GET /setup/{token}", s.showSetup)
	mux.Handle("POST /setup/{token}", ownForm(http.HandlerFunc(s.postSetup)))
	return nil
}

// ownForm refuses the forms of other sites. On plain HTTP by a name that is not
// localhost, browsers send no Sec-Fetch-Site, and from a page without referrer
// the origin "null" (Fetch standard, section 3.2): that is our own page's form
// too. There the link itself, which no other site knows, is the protection.
func ownForm(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "This form was sent from another site. Open the setup link itself.", http.StatusForbidden)
	}))
	protected := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
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
	Email    string
	General  string              // a refusal that is about no field
	Problems map[string][]string // by field
}

// Focus is the field where the person goes on: the first one with a problem.
func (v setupView) Focus() string {
	for _, field := range []string{"username", "email", "password", "password_again"} {
		if len(v.Problems[field]) > 0 {
			return field
		}
	}
	return "username"
}

func (s *Site) showSetup(w http.ResponseWriter, r *http.Request) {
	if s.live(w, r) {
		s.render(w, r, http.StatusOK, setupView{Live: true})
	}
}

// live reports whether the link of a request works, and answers when it does not.
func (s *Site) live(w http.ResponseWriter, r *http.Request) bool {
	live, err := s.Accounts.SetupLive(r.Context(), secret.New(r.PathValue("token")))
	if err == nil && !live {
		err = account.ErrSetupLink
	}
	if err != nil {
		s.fail(w, r, err, setupView{})
	}
	return err == nil
}

func (s *Site) postSetup(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		http.Error(w, "This page takes its own form only.", http.StatusUnsupportedMediaType)
		return
	}
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "The form could not be read.", status)
		return
	}
	if !s.live(w, r) {
		return
	}
	view := setupView{Live: true, Username: r.PostForm.Get("username"), Email: r.PostForm.Get("email")}
	plain := r.PostForm.Get("password")
	if plain != r.PostForm.Get("password_again") {
		view.Problems = map[string][]string{"password_again": {"The two passwords are not the same."}}
		s.render(w, r, http.StatusBadRequest, view)
		return
	}
	made, err := s.Accounts.Setup(r.Context(), web.Origin(r), secret.New(r.PathValue("token")), account.Draft{
		Username: view.Username, Email: view.Email, Password: secret.New(plain),
	})
	if err != nil {
		s.fail(w, r, err, view)
		return
	}
	s.render(w, r, http.StatusCreated, setupView{Done: true, Username: made.Username})
}

// fail shows a refusal: problems of fields beside them, a dead link without the
// form, anything else as one sentence.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error, view setupView) {
	web.Note(r.Context()).SetError(err)
	f := fault.Of(err)
	status := http.StatusInternalServerError
	switch {
	case f == nil || f.Kind == fault.Internal:
		view.General = "Something went wrong on the server. Its log says what."
	case errors.Is(err, account.ErrSetupLink):
		status, view = http.StatusNotFound, setupView{General: f.Public}
	case f.Kind == fault.Unavailable:
		status, view.General = http.StatusServiceUnavailable, f.Public
		w.Header().Set("Retry-After", "1")
	default:
		status, view.Problems = http.StatusBadRequest, f.Fields
		if len(f.Fields) == 0 {
			view.General = f.Public
		}
	}
	s.render(w, r, status, view)
}

func (s *Site) render(w http.ResponseWriter, r *http.Request, status int, view setupView) {
	var page bytes.Buffer
	if err := s.setup.Execute(&page, view); err != nil {
		web.Note(r.Context()).SetError(fmt.Errorf("render the setup page: %w", err))
		http.Error(w, "Something went wrong on the server. Its log says what.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // a client that went away hears nothing
}
