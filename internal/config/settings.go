package config

import (
	_ "embed"
	"net/netip"
	"time"

	"github.com/countersign/countersign/internal/secret"
)

// source is this file: the comments on the fields of Config are the reference
// page and the texts of `config print`, so that they cannot disagree.
//
//go:embed settings.go
var source string

// Config is everything that an operator can decide. Load makes one; its fields
// are then read and not changed.
//
// The tags: koanf is the key in the file, and COUNTERSIGN_ with the key in upper
// case is the environment variable; default and simplejwt are the values of
// those two layers; derived says in words what an empty value becomes; oneof and
// range are what is allowed.
type Config struct {
	// Listen is the address that the server listens on, as host:port. An empty host means every interface, port 0 any free one.
	Listen string `koanf:"listen" default:"127.0.0.1:8000"`
	// DataDir is the directory for the SQLite database and the secrets that the server makes itself. It is made when missing.
	DataDir string `koanf:"data_dir" default:"./countersign-data"`
	// DatabaseURL is the database: sqlite:PATH, postgres://user:password@host:port/name or mysql://user:password@host:port/name.
	DatabaseURL secret.Text `koanf:"database_url" derived:"sqlite:<data_dir>/countersign.db"`
	// DatabaseMaxConns is how many connections to the database one process opens at most.
	DatabaseMaxConns int `koanf:"database_max_conns" default:"16" range:"1..1000"`
	// MigrateOnStart is whether serve brings the schema up to date before it listens: auto does so for SQLite only.
	MigrateOnStart string `koanf:"migrate_on_start" default:"auto" oneof:"auto|true|false"`

	// PublicURL is where clients reach the server. It is never taken from a request.
	PublicURL string `koanf:"public_url" derived:"http://<listen>, https:// with tls_cert"`
	// TLSCert is the file of the PEM certificate chain; with it the server speaks HTTPS. It is read again when it changes.
	TLSCert string `koanf:"tls_cert"`
	// TLSKey is the file of the PEM private key that belongs to tls_cert.
	TLSKey string `koanf:"tls_key"`
	// CORSOrigins is the list of web origins whose pages may call the API, exactly as browsers send them (https://app.example.com).
	CORSOrigins []string `koanf:"cors_origins"`
	// TrustedProxies is the list of addresses and networks (10.0.0.0/8) whose forwarding headers are believed.
	TrustedProxies []netip.Prefix `koanf:"trusted_proxies"`

	// Preset is a named set of settings that takes the place of defaults: simplejwt makes tokens and answers as Django REST framework simplejwt does.
	Preset string `koanf:"preset" oneof:"|simplejwt"`
	// Secret is the instance secret, which protects keys and refresh tokens: at least 32 random bytes as base64 or hex, the same for all replicas.
	Secret secret.Text `koanf:"secret" derived:"SQLite: made in <data_dir>/instance.secret; otherwise required"`
	// Algorithm is what access tokens are signed with. HS256 needs signing_secret.
	Algorithm string `koanf:"algorithm" default:"ES256" simplejwt:"HS256" oneof:"ES256|RS256|PS256|EdDSA|HS256"`
	// SigningSecret is the shared secret of HS256: at least 32 bytes, used as they are (Django's SECRET_KEY fits).
	SigningSecret secret.Text `koanf:"signing_secret"`
	// Issuer is the iss claim of tokens.
	Issuer string `koanf:"issuer" derived:"<public_url>"`
	// Audience is the aud claim of tokens, one or several.
	Audience []string `koanf:"audience" derived:"<issuer>"`
	// TokenTypeHeader is the typ header of access tokens.
	TokenTypeHeader string `koanf:"token_type_header" default:"JWT" oneof:"JWT|at+jwt"`
	// JWKSMaxAge is how long others may keep the public keys. New keys are published for twice as long before they sign.
	JWKSMaxAge time.Duration `koanf:"jwks_max_age" default:"300s" range:"1s..24h"`
	// AccessLifetime is how long an access token lives, which is also how long a service that never asks back trusts a revoked one.
	AccessLifetime time.Duration `koanf:"access_lifetime" default:"5m" simplejwt:"5m" range:"1s..30d"`
	// RefreshIdleLifetime is how long a session lives without a refresh.
	RefreshIdleLifetime time.Duration `koanf:"refresh_idle_lifetime" default:"14d" simplejwt:"1d" range:"1s..400d"`
	// RefreshLifetime is how long a session lives at most, however often it is refreshed.
	RefreshLifetime time.Duration `koanf:"refresh_lifetime" default:"30d" simplejwt:"1d" range:"1s..400d"`
	// RotateRefresh is whether each refresh returns a new refresh token and retires the old one.
	RotateRefresh bool `koanf:"rotate_refresh" default:"true" simplejwt:"false"`
	// RefreshGrace is how long the retired refresh token still returns the same successor, for retries and second tabs; 0s is strict.
	RefreshGrace time.Duration `koanf:"refresh_grace" default:"60s" range:"0s..300s"`
	// PermissionsBudget is how many bytes of permissions a token may carry; beyond it the claim is left out. 0 leaves it out always.
	PermissionsBudget int `koanf:"permissions_budget" default:"2048" range:"0..8192"`
	// MaxStaleness is how old the server's view of revocations may be before it stops trusting access tokens.
	MaxStaleness time.Duration `koanf:"max_staleness" default:"5s" range:"1s..5m"`
	// RevocationPoll is how often the server looks for revocations that other processes wrote.
	RevocationPoll time.Duration `koanf:"revocation_poll" default:"250ms" range:"10ms..500ms"`

	// IDs is the kind of identifier that new users get.
	IDs string `koanf:"ids" default:"uuid" simplejwt:"integer" oneof:"uuid|integer"`
	// Registration is whether people may register themselves.
	Registration string `koanf:"registration" default:"open" oneof:"open|closed"`
	// SignInByEmail is whether the email address is accepted in place of the username at sign-in.
	SignInByEmail bool `koanf:"sign_in_by_email" default:"false"`
	// PasswordMinLength is how many characters a new password has at least.
	PasswordMinLength int `koanf:"password_min_length" default:"8" range:"8..128"`
	// PasswordMinScore is the least zxcvbn score of a new password; 0 switches it off.
	PasswordMinScore int `koanf:"password_min_score" default:"0" range:"0..4"`
	// HashMemoryKiB is the memory of one argon2id hash in KiB.
	HashMemoryKiB int `koanf:"hash_memory_kib" default:"19456" range:"64..4194304"`
	// HashIterations is the number of passes of argon2id.
	HashIterations int `koanf:"hash_iterations" default:"2" range:"1..100"`
	// HashParallelism is the number of lanes of argon2id.
	HashParallelism int `koanf:"hash_parallelism" default:"1" range:"1..8"`
	// HashWorkers is how many passwords are hashed at once; 0 chooses by the number of processors.
	HashWorkers int `koanf:"hash_workers" default:"0" range:"0..256"`
	// HashQueue is how many sign-ins may wait for a hash before others are answered 503.
	HashQueue int `koanf:"hash_queue" default:"64" range:"1..65536"`

	// ReadHeaderTimeout is how long a client may take to send the headers of a request.
	ReadHeaderTimeout time.Duration `koanf:"read_header_timeout" default:"5s" range:"100ms..10m"`
	// ReadTimeout is how long a client may take to send a whole request.
	ReadTimeout time.Duration `koanf:"read_timeout" default:"15s" range:"100ms..10m"`
	// WriteTimeout is how long an answer may take, from the end of the request's headers to its last byte.
	WriteTimeout time.Duration `koanf:"write_timeout" default:"30s" range:"100ms..10m"`
	// IdleTimeout is how long a connection without a request is kept.
	IdleTimeout time.Duration `koanf:"idle_timeout" default:"60s" range:"100ms..1h"`
	// RequestTimeout is how long the server works on one request before it answers 503.
	RequestTimeout time.Duration `koanf:"request_timeout" default:"10s" range:"100ms..10m"`
	// DrainTimeout is how long running requests get to finish after SIGTERM.
	DrainTimeout time.Duration `koanf:"drain_timeout" default:"15s" range:"0s..10m"`
	// LogFormat is the form of the log on standard error: auto is text on a terminal and json elsewhere.
	LogFormat string `koanf:"log_format" default:"auto" oneof:"auto|text|json"`
	// LogLevel is the least severity that is logged.
	LogLevel string `koanf:"log_level" default:"info" oneof:"debug|info|warn|error"`

	// Warnings lists what is allowed and probably not meant, one line each.
	Warnings []string

	origins map[string]origin
}
