package webui

import (
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/browser"
	"github.com/countersign/countersign/internal/dashboard"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/web"
)

// Site is what the pages need. Only Setup is needed for the setup page.
type Site struct {
	Setup     Setup
	Accounts  *account.Service
	Browsers  *browser.Service
	Dashboard *dashboard.Service
	Events    *event.Log
	Keys      *keyring.Keyring
	Roles     *role.Service
	Sessions  *session.Service
	SignIn    *signin.Service

	Root    secret.Root // for what a browser keeps for us between two pages
	Cursors *page.Cursors
	Now     func() time.Time

	// PublicURL is where people reach the service; https says that cookies can be
	// secure, whatever a proxy makes of the request.
	PublicURL string

	// Throttle bounds how often one client may try passwords; nil lets everybody.
	Throttle *web.Throttle

	// Settings are the configuration in effect, in the order in which they are shown.
	Settings []Setting

	// Warnings are what the configuration allows and probably does not mean.
	Warnings []string

	assets    map[string]asset
	templates map[string]*template.Template
	origins   *http.CrossOriginProtection
}

// Register adds the pages. An error is a bug in a template.
func (s *Site) Register(mux *http.ServeMux) error {
	var err error
	if s.assets, err = readAssets(); err != nil {
		return err
	}
	if s.templates, err = parsePages(); err != nil {
		return err
	}
	s.origins = http.NewCrossOriginProtection()
	for _, a := range s.assets {
		mux.HandleFunc("GET "+a.path, a.serve)
	}
	mux.HandleFunc("GET /setup/{token}", s.showSetup)
	mux.Handle("POST /setup/{token}", ownForm(http.HandlerFunc(s.postSetup)))
	for _, rt := range s.routes() {
		if s.templates[rt.page] == nil && rt.page != "" {
			return fmt.Errorf("route %s: there is no page %q", rt.pattern, rt.page)
		}
		mux.Handle(rt.pattern, s.serve(rt))
	}
	return nil
}
