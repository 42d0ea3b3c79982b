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
// range are what is allowed; needs names the preset without which the setting is
// refused, or "own tokens" where the preset refuses it; hidden keeps a secret out of the file and the flags; django is the name
// in SIMPLE_JWT, for COUNTERSIGN_SIMPLEJWT, the import and the reference page; group
// is the heading under which this setting and those after it are shown to people.
type Config struct {
	// Listen is the address that the server listens on, as host:port. An empty host means every interface, port 0 any free one.
	Listen string `koanf:"listen" group:"Server and database" default:"127.0.0.1:8000"`
	// DataDir is the directory for the SQLite database and the secrets that the server makes itself. It is made when missing.
	DataDir string `koanf:"data_dir" default:"./countersign-data"`
	// DatabaseURL is the database: sqlite:PATH, postgres://user:password@host:port/name or mysql://user:password@host:port/name.
	DatabaseURL secret.Text `koanf:"database_url" derived:"sqlite:<data_dir>/countersign.db"`
	// DatabaseMaxConns is how many connections to the database one process opens at most.
	DatabaseMaxConns int `koanf:"database_max_conns" default:"16" range:"1..1000"`
	// MigrateOnStart is whether serve brings the schema up to date before it listens: auto does so for SQLite only.
	MigrateOnStart string `koanf:"migrate_on_start" default:"auto" oneof:"auto|true|false"`

	// PublicURL is where clients reach the server. It is never taken from a request.
	PublicURL string `koanf:"public_url" group:"Addresses and hosts" derived:"http://<listen>, https:// with tls_cert"`
	// TLSCert is the file of the PEM certificate chain; with it the server speaks HTTPS. It is read again when it changes.
	TLSCert string `koanf:"tls_cert"`
	// TLSKey is the file of the PEM private key that belongs to tls_cert.
	TLSKey string `koanf:"tls_key"`
	// CORSOrigins is the list of web origins whose pages may call the API, exactly as browsers send them (https://app.example.com).
	CORSOrigins []string `koanf:"cors_origins"`
	// TrustedProxies is the list of addresses and networks (10.0.0.0/8) whose forwarding headers are believed.
	TrustedProxies []netip.Prefix `koanf:"trusted_proxies"`
	// AllowedHosts is the list of host names that requests may ask for: a name, .example.com for it and all below it, * for any. When empty any is allowed.
	AllowedHosts []string `koanf:"allowed_hosts"`
	// Throttle is how many requests one client address may send to the token endpoints of Django's dialect, and to whatever else takes a password from somebody who is not signed in, such as 100/hour (sec, min, hour or day). When empty any number.
	Throttle string `koanf:"throttle"`

	// Preset is a named set of settings that takes the place of defaults: simplejwt makes tokens and answers as Django REST framework simplejwt does.
	Preset string `koanf:"preset" group:"Keys and tokens" oneof:"|simplejwt"`
	// SimpleJWTSettings is settings by their names in Django's SIMPLE_JWT, as a JSON object with times in seconds. Each gives way to a setting that is given by itself.
	SimpleJWTSettings secret.Text `koanf:"simplejwt" needs:"simplejwt"`
	// Secret is the instance secret, which protects keys and refresh tokens: at least 32 random bytes as base64 or hex, the same for all replicas.
	Secret secret.Text `koanf:"secret" derived:"SQLite: made in <data_dir>/instance.secret; otherwise required" hidden:"true"`
	// Algorithm is what access tokens are signed with. HS256, HS384 and HS512 need signing_secret.
	Algorithm string `koanf:"algorithm" django:"ALGORITHM" default:"ES256" simplejwt:"HS256" oneof:"ES256|ES384|ES512|RS256|RS384|RS512|PS256|PS384|PS512|EdDSA|HS256|HS384|HS512"`
	// SigningSecret is the shared secret of HS256, HS384 and HS512: at least 32 bytes, used as they are (Django's SECRET_KEY fits); with another algorithm under the preset it still proves tokens that Django issued with HS256, until bridge_until.
	SigningSecret secret.Text `koanf:"signing_secret" django:"SIGNING_KEY" hidden:"true"`
	// SigningKey is the private key of the other algorithms in PEM: one key for ever, which tokens do not name. Without it the server makes keys and rotates them.
	SigningKey secret.Text `koanf:"signing_key" django:"SIGNING_KEY" hidden:"true" needs:"simplejwt"`
	// VerifyingKey is the public key in PEM. With it and without signing_key the server verifies tokens and issues none.
	VerifyingKey string `koanf:"verifying_key" django:"VERIFYING_KEY" needs:"simplejwt"`
	// JWKURL is where the public keys of another issuer are fetched, as https. With it the server verifies tokens and issues none.
	JWKURL string `koanf:"jwk_url" django:"JWK_URL" needs:"simplejwt"`
	// Issuer is the iss claim of tokens, which is then required of them.
	Issuer string `koanf:"issuer" django:"ISSUER" derived:"<public_url>" simplejwt:""`
	// Audience is the aud claim of tokens, one or several, of which one is then required of them.
	Audience []string `koanf:"audience" django:"AUDIENCE" derived:"<issuer>" simplejwt:""`
	// Leeway is how much the clocks of issuer and verifier may differ.
	Leeway time.Duration `koanf:"leeway" django:"LEEWAY" default:"0s" range:"0s..30s"`
	// TokenTypeHeader is the typ header of access tokens.
	TokenTypeHeader string `koanf:"token_type_header" default:"JWT" oneof:"JWT|at+jwt"`
	// JWKSMaxAge is how long others may keep the public keys. New keys are published for twice as long before they sign.
	JWKSMaxAge time.Duration `koanf:"jwks_max_age" default:"300s" range:"1s..24h"`
	// AccessLifetime is how long an access token lives, which is also how long a service that never asks back trusts a revoked one.
	AccessLifetime time.Duration `koanf:"access_lifetime" group:"Lifetimes and sessions" django:"ACCESS_TOKEN_LIFETIME" default:"5m" simplejwt:"5m" range:"1s..30d"`
	// RefreshIdleLifetime is how long a session lives without a refresh.
	RefreshIdleLifetime time.Duration `koanf:"refresh_idle_lifetime" default:"14d" simplejwt:"1d" range:"1s..400d"`
	// RefreshLifetime is how long a session lives at most, however often it is refreshed.
	RefreshLifetime time.Duration `koanf:"refresh_lifetime" django:"REFRESH_TOKEN_LIFETIME" default:"30d" simplejwt:"1d" range:"1s..400d"`
	// RotateRefresh is whether each refresh returns a new refresh token and retires the old one.
	RotateRefresh bool `koanf:"rotate_refresh" django:"ROTATE_REFRESH_TOKENS" default:"true" simplejwt:"false"`
	// BlacklistAfterRotation is whether a refresh token that was rotated is refused from then on; without it older ones work until they expire.
	BlacklistAfterRotation bool `koanf:"blacklist_after_rotation" django:"BLACKLIST_AFTER_ROTATION" default:"false" needs:"simplejwt"`
	// RefreshGrace is how long the retired refresh token still returns the same successor, for retries and second tabs; 0s is strict, and the default with blacklist_after_rotation.
	RefreshGrace time.Duration `koanf:"refresh_grace" default:"60s" range:"0s..300s"`
	// PermissionsBudget is how many bytes of permissions a token may carry; beyond it the claim is left out. 0 leaves it out always.
	PermissionsBudget int `koanf:"permissions_budget" default:"2048" range:"0..8192"`
	// RolesClaim is the name of the claim with the roles.
	RolesClaim string `koanf:"roles_claim" default:"roles" needs:"own tokens"`
	// PermissionsClaim is the name of the claim with the permissions.
	PermissionsClaim string `koanf:"permissions_claim" default:"permissions" needs:"own tokens"`
	// ClaimsFor is the list of services that want claims of their own in every token: hasura or postgrest or both.
	ClaimsFor []string `koanf:"claims_for" oneof:"hasura|postgrest" needs:"own tokens"`
	// ClaimsRoleOrder is the list of roles of which Hasura and PostgREST get the first that the user has.
	ClaimsRoleOrder []string `koanf:"claims_role_order" needs:"own tokens"`
	// ClaimsDefaultRole is the role that Hasura and PostgREST get for a user who has none of claims_role_order.
	ClaimsDefaultRole string `koanf:"claims_default_role" default:"user" needs:"own tokens"`
	// MaxStaleness is how old the server's view of revocations may be before it stops trusting access tokens.
	MaxStaleness time.Duration `koanf:"max_staleness" default:"5s" range:"1s..5m"`
	// RevocationPoll is how often the server looks for revocations that other processes wrote.
	RevocationPoll time.Duration `koanf:"revocation_poll" default:"250ms" range:"10ms..500ms"`
	// UserIDField is what of a user stands in tokens and finds the user again.
	UserIDField string `koanf:"user_id_field" group:"Compatibility with Django" django:"USER_ID_FIELD" default:"id" oneof:"id|username|email" needs:"simplejwt"`
	// UserIDClaim is the name of the claim with the user.
	UserIDClaim string `koanf:"user_id_claim" django:"USER_ID_CLAIM" default:"user_id" needs:"simplejwt"`
	// IntUserID is whether the user's id is a number in tokens, as in simplejwt before 5.5.1.
	IntUserID bool `koanf:"int_user_id" default:"false" needs:"simplejwt"`
	// TokenTypeClaim is the name of the claim with the type of a token. With none it is neither written nor required.
	TokenTypeClaim string `koanf:"token_type_claim" django:"TOKEN_TYPE_CLAIM" default:"token_type" needs:"simplejwt"`
	// JTIClaim is the name of the claim with the id of a token. With none it is neither written nor required.
	JTIClaim string `koanf:"jti_claim" django:"JTI_CLAIM" default:"jti" needs:"simplejwt"`
	// AuthHeaderTypes is the list of words that may stand before a token in the header, as written; the first is what refusals ask for.
	AuthHeaderTypes []string `koanf:"auth_header_types" django:"AUTH_HEADER_TYPES" default:"Bearer" needs:"simplejwt"`
	// AuthHeaderName is the header that holds the token. Django calls X-Access-Token HTTP_X_ACCESS_TOKEN.
	AuthHeaderName string `koanf:"auth_header_name" django:"AUTH_HEADER_NAME" default:"Authorization" needs:"simplejwt"`
	// AuthTokenTypes is the list of types of token that the header may hold: access, sliding or both.
	AuthTokenTypes []string `koanf:"auth_token_types" django:"AUTH_TOKEN_CLASSES" default:"access" oneof:"access|sliding" needs:"simplejwt"`
	// SlidingLifetime is how long a sliding token is accepted.
	SlidingLifetime time.Duration `koanf:"sliding_lifetime" django:"SLIDING_TOKEN_LIFETIME" default:"5m" range:"1s..30d" needs:"simplejwt"`
	// SlidingRefreshLifetime is how long a sliding token can be refreshed.
	SlidingRefreshLifetime time.Duration `koanf:"sliding_refresh_lifetime" django:"SLIDING_TOKEN_REFRESH_LIFETIME" default:"1d" range:"1s..400d" needs:"simplejwt"`
	// SlidingRefreshExpClaim is the name of the claim with the end of sliding_refresh_lifetime.
	SlidingRefreshExpClaim string `koanf:"sliding_refresh_exp_claim" django:"SLIDING_TOKEN_REFRESH_EXP_CLAIM" default:"refresh_exp" needs:"simplejwt"`
	// CheckRevokeToken is whether tokens hold a digest of the password's hash, so that a new password refuses them.
	CheckRevokeToken bool `koanf:"check_revoke_token" django:"CHECK_REVOKE_TOKEN" default:"false" needs:"simplejwt"`
	// RevokeTokenClaim is the name of the claim with the digest of check_revoke_token.
	RevokeTokenClaim string `koanf:"revoke_token_claim" django:"REVOKE_TOKEN_CLAIM" default:"hash_password" needs:"simplejwt"`
	// CheckUserIsActive is whether tokens of users who were made inactive are refused.
	CheckUserIsActive bool `koanf:"check_user_is_active" django:"CHECK_USER_IS_ACTIVE" default:"true" needs:"simplejwt"`
	// BridgeUntil is the end of the time in which tokens that Django issued are accepted: the last day (2026-12-31, in UTC) or an instant (RFC 3339). When empty it never ends; a day that has passed accepts none.
	BridgeUntil time.Time `koanf:"bridge_until" needs:"simplejwt"`

	// IDs is the kind of identifier that new users get.
	IDs string `koanf:"ids" group:"Accounts and passwords" default:"uuid" simplejwt:"integer" oneof:"uuid|integer"`
	// Registration is whether people may register themselves.
	Registration string `koanf:"registration" default:"open" oneof:"open|closed"`
	// SignInByEmail is whether the email address is accepted in place of the username at sign-in.
	SignInByEmail bool `koanf:"sign_in_by_email" default:"false"`
	// UpdateLastSignIn is whether a sign-in sets the time of the last one.
	UpdateLastSignIn bool `koanf:"update_last_sign_in" django:"UPDATE_LAST_LOGIN" default:"true" simplejwt:"false"`
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
	ReadHeaderTimeout time.Duration `koanf:"read_header_timeout" group:"Time limits and log" default:"5s" range:"100ms..10m"`
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
	// EventRetention is how long events are kept, at least 30d. What is older is removed within a day, at a signed checkpoint; 0 keeps everything.
	EventRetention time.Duration `koanf:"event_retention" default:"0s" range:"0s..36500d"`
	// LogFormat is the form of the log on standard error: auto is text on a terminal and json elsewhere.
	LogFormat string `koanf:"log_format" default:"auto" oneof:"auto|text|json"`
	// LogLevel is the least severity that is logged.
	LogLevel string `koanf:"log_level" default:"info" oneof:"debug|info|warn|error"`

	// Warnings lists what is allowed and probably not meant, one line each.
	Warnings []string

	origins map[string]origin
}
