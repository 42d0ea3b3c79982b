package config

import (
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/countersign/countersign/internal/secret"
)

// presetSimpleJWT is the name of the only preset.
const presetSimpleJWT = "simplejwt"

// SimpleJWT reports whether the preset simplejwt is chosen.
func (c *Config) SimpleJWT() bool { return c.Preset == presetSimpleJWT }

// SQLite reports whether the database is a SQLite file.
func (c *Config) SQLite() bool { return scheme(c.DatabaseURL.Reveal()) == schemeSQLite }

// Migrates reports whether serve brings the schema up to date before it listens.
func (c *Config) Migrates() bool {
	return c.MigrateOnStart == "true" || c.MigrateOnStart == "auto" && c.SQLite()
}

// RegistrationOpen reports whether people may register themselves.
func (c *Config) RegistrationOpen() bool { return c.Registration == "open" }

// IntegerIDs reports whether new users get decimal numbers as identifiers.
func (c *Config) IntegerIDs() bool { return c.IDs == "integer" }

// Level returns LogLevel for log/slog.
func (c *Config) Level() slog.Level {
	switch c.LogLevel {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

// BoundTo returns a copy for a server that listens on address (host:port), which
// differs from Listen when its port is 0. A public URL, issuer and audience that
// nobody set follow.
func (c *Config) BoundTo(address string) *Config {
	bound := *c
	bound.Listen = address
	if !c.origins["public_url"].explicit() {
		bound.PublicURL = ""
	}
	if !c.origins["issuer"].explicit() {
		bound.Issuer = ""
	}
	if !c.origins["audience"].explicit() {
		bound.Audience = nil
	}
	bound.deriveNames()
	return &bound
}

// derive fills what follows from other settings where nobody set it.
func (c *Config) derive(workDir string) {
	c.DataDir = resolve(workDir, c.DataDir)
	c.TLSCert = resolve(workDir, c.TLSCert)
	c.TLSKey = resolve(workDir, c.TLSKey)
	if _, given := c.origins["database_url"]; !given {
		c.DatabaseURL = secret.New(schemeSQLite + ":" + filepath.Join(c.DataDir, "countersign.db"))
	}
	for i, host := range c.AllowedHosts {
		c.AllowedHosts[i] = strings.ToLower(host)
	}
	if c.SimpleJWT() && c.BlacklistAfterRotation && !c.origins["refresh_grace"].explicit() {
		c.RefreshGrace = 0 // a token that is blacklisted answers nothing again
	}
	c.deriveLifetimes()
	c.deriveNames()
}

// deriveLifetimes lets the idle lifetime follow the absolute one where only that
// was set: a session cannot idle longer than it lives, and under the preset a
// refresh token lives as long as its session.
func (c *Config) deriveLifetimes() {
	if c.origins["refresh_idle_lifetime"].explicit() || !c.origins["refresh_lifetime"].explicit() {
		return
	}
	if c.SimpleJWT() || c.RefreshIdleLifetime > c.RefreshLifetime {
		c.RefreshIdleLifetime = c.RefreshLifetime
	}
}

func (c *Config) deriveNames() {
	if c.PublicURL == "" {
		c.PublicURL = publicURL(c.Listen, c.TLSCert != "")
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if c.SimpleJWT() {
		return // as in the original, tokens name neither unless it is set
	}
	if c.Issuer == "" {
		c.Issuer = c.PublicURL
	}
	if len(c.Audience) == 0 {
		c.Audience = []string{c.Issuer}
	}
}

// publicURL is the URL of a listening address, with localhost for every
// interface. It is empty for an address that validate refuses.
func publicURL(listen string, tls bool) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return ""
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "localhost"
	}
	name, standard := "http", "80"
	if tls {
		name, standard = "https", "443"
	}
	if port != standard {
		return name + "://" + net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return name + "://" + host
}
