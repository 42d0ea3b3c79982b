package app

import (
	"github.com/countersign/countersign/internal/browser"
	"github.com/countersign/countersign/internal/config"
	"github.com/countersign/countersign/internal/dashboard"
	"github.com/countersign/countersign/internal/page"
	"github.com/countersign/countersign/internal/web"
	"github.com/countersign/countersign/internal/webui"
)

// browsers makes what the pages need besides the use cases of the API.
func (a *App) browsers() {
	now := a.clock.now
	a.Browsers = &browser.Service{Store: a.db, Root: a.root, Snapshots: a.cache, Now: now, Fresh: a.Events.Fresh}
	a.Dashboard = &dashboard.Service{Store: a.db, Now: now}
}

// site is the pages, over the same use cases as the API.
func (a *App) site(cursors *page.Cursors, throttle *web.Throttle) *webui.Site {
	return &webui.Site{
		Setup: a.Accounts, Accounts: a.Accounts, Browsers: a.Browsers, Dashboard: a.Dashboard, Events: a.Events, Keys: a.Keys,
		Roles: a.Roles, Sessions: a.Sessions, SignIn: a.SignIn, Root: a.root, Cursors: cursors, Now: a.clock.now,
		PublicURL: a.cfg.PublicURL, Throttle: throttle, Warnings: a.cfg.Warnings, Settings: settings(a.cfg),
	}
}

// settings are the configuration for people. What package config shows of it has no
// secret.
func settings(cfg *config.Config) []webui.Setting {
	var all []webui.Setting
	for _, each := range cfg.Settings() {
		all = append(all, webui.Setting{
			Group: each.Group, Key: each.Key, Env: each.Env, Value: each.Value, Origin: each.Origin, Doc: each.Doc,
		})
	}
	return all
}
