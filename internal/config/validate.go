package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// checker is one pass over a decoded Config: problems and warnings about settings
// alone and together. Keys in refused were complained about already.
type checker struct {
	*Config
	problems *Error
	refused  map[string]bool
}

func (c *Config) validate(problems *Error, refused map[string]bool) {
	v := &checker{Config: c, problems: problems, refused: refused}
	v.preset()
	v.listening()
	v.names()
	v.database()
	v.secrets()
	v.lifetimes()
	v.proxies()
	v.hashing()
	v.limits()
	v.keys()
	v.dialect()
	v.rightsClaims()
	v.bridge()
}

// bad reports a problem of a setting under the name that the operator used.
func (v *checker) bad(key, format string, args ...any) {
	if !v.refused[key] {
		v.problems.add(v.subject(key), format, args...)
	}
}

func (v *checker) warn(key, text string) {
	v.Warnings = append(v.Warnings, v.subject(key)+": "+text)
}

func (v *checker) subject(key string) string {
	from, given := v.origins[key]
	if !given {
		from.key = key
	}
	return from.subject()
}

func (v *checker) listening() {
	host, port, err := net.SplitHostPort(v.Listen)
	if n, numErr := strconv.ParseUint(port, 10, 16); err != nil || numErr != nil || strconv.FormatUint(n, 10) != port {
		v.bad("listen", "%s is not host:port, such as 127.0.0.1:8000 or :8000", quote(v.Listen))
		v.refused["listen"] = true
	} else if !v.origins["public_url"].explicit() && !loopback(host) {
		v.warn("public_url", "is not set, so that links and the issuer say "+quote(v.PublicURL)+"; set "+envName("public_url"))
	}
	if v.DataDir == "" {
		v.bad("data_dir", "is empty: it names a directory")
	}
	switch {
	case v.TLSCert != "" && v.TLSKey == "":
		v.bad("tls_cert", "is given without %s", envName("tls_key"))
	case v.TLSKey != "" && v.TLSCert == "":
		v.bad("tls_key", "is given without %s", envName("tls_cert"))
	}
}

// names checks what tokens and clients are told. What was derived from something
// that is refused is not complained about again.
func (v *checker) names() {
	switch err := checkPublicURL(v.PublicURL); {
	case err == nil:
		if u, err := url.Parse(v.PublicURL); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
			v.warn("public_url", "is http, so that passwords and tokens travel in clear; use https")
		}
	case !v.refused["listen"] || v.origins["public_url"].explicit():
		v.bad("public_url", "%v", err)
		v.refused["public_url"] = true
	}
	sound := !v.refused["listen"] && !v.refused["public_url"]
	check := checkName
	if v.SimpleJWT() {
		check = checkText // as the original
	}
	if err := check(v.Issuer); err != nil && (v.Issuer != "" || !v.SimpleJWT()) && (sound || v.origins["issuer"].explicit()) {
		v.bad("issuer", "%v", err)
	}
	for _, name := range v.Audience {
		if err := check(name); err != nil && v.origins["audience"].explicit() {
			v.bad("audience", "%v", err)
		}
	}
	for _, o := range v.CORSOrigins {
		if err := checkOrigin(o); err != nil {
			v.bad("cors_origins", "%v", err)
		}
	}
}

func (v *checker) database() {
	if v.refused["database_url"] || v.DatabaseURL.IsZero() {
		return
	}
	raw := v.DatabaseURL.Reveal()
	if err := checkDatabaseURL(raw); err != nil {
		v.bad("database_url", "%v", err)
		return
	}
	from := v.origins["database_url"]
	exposed := from.layer == layerFlag || from.layer == layerFile && from.key == "database_url"
	if exposed && strings.Contains(RedactURL(raw), redacted) {
		v.warn("database_url", "holds a password where others may read it; use "+envName("database_url"+fileSuffix))
	}
}

func (v *checker) secrets() {
	if !v.Secret.IsZero() {
		if _, err := ParseInstanceSecret(v.Secret.Reveal()); err != nil {
			v.bad("secret", "%v", err)
		}
	}
	v.signing()
}

func (v *checker) lifetimes() {
	for _, s := range []struct {
		key string
		d   time.Duration
	}{
		{"jwks_max_age", v.JWKSMaxAge}, {"access_lifetime", v.AccessLifetime}, {"refresh_grace", v.RefreshGrace},
		{"refresh_idle_lifetime", v.RefreshIdleLifetime}, {"refresh_lifetime", v.RefreshLifetime},
	} {
		if s.d%time.Second != 0 {
			v.bad(s.key, "%s is not whole seconds, which is what tokens and headers hold", s.d)
		}
	}
	absolute := v.RefreshLifetime
	if v.refused["refresh_lifetime"] {
		return
	}
	if v.RefreshIdleLifetime > absolute {
		v.bad("refresh_idle_lifetime", "%s is longer than %s, which is %s",
			formatDuration(v.RefreshIdleLifetime), v.subject("refresh_lifetime"), formatDuration(absolute))
	}
	if v.AccessLifetime > absolute {
		v.bad("access_lifetime", "%s is longer than %s, which is %s",
			formatDuration(v.AccessLifetime), v.subject("refresh_lifetime"), formatDuration(absolute))
	}
	if v.AccessLifetime > time.Hour {
		v.warn("access_lifetime", "is more than an hour: so long a service that never asks back trusts a revoked token")
	}
}

func (v *checker) proxies() {
	for _, p := range v.TrustedProxies {
		if p.Bits() == 0 {
			v.warn("trusted_proxies", "trusts everyone: any client can choose the address that is logged and limited")
		}
	}
}

// hashing warns below what OWASP's password storage cheat sheet calls its
// smallest equivalent of 19456 KiB and two passes.
func (v *checker) hashing() {
	const least = 7168 * 5
	if v.HashMemoryKiB*v.HashIterations < least && !v.refused["hash_memory_kib"] && !v.refused["hash_iterations"] {
		v.warn("hash_memory_kib", "password hashes are cheaper than recommended (19456 KiB with 2 iterations)")
	}
	if v.HashMemoryKiB < 8*v.HashParallelism {
		v.bad("hash_memory_kib", "%d is less than 8 KiB for each lane of hash_parallelism", v.HashMemoryKiB)
	}
}
