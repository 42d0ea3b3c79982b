package httpapi

import (
	"net/http"
	"slices"

	"github.com/countersign/countersign/internal/web"
)

// dialectOperations are the paths of the Django REST framework dialect.
func (a *API) dialectOperations() []elsewhere {
	all := slices.Concat(registerOperations(), tokenOperations(), protectedOperations())
	if a.Sliding {
		all = append(all, slidingOperations()...)
	}
	return all
}

func registerOperations() []elsewhere {
	return []elsewhere{
		{method: post, path: "/api/register/", access: anyone, id: "register", tag: tagTokens,
			summary: "Register",
			about:   "Open unless the installation closed registration. Fields beside these change nothing.",
			fields: []field{
				{name: "username", kind: "string", about: "At most 150 letters, digits and @ . + - _.", example: "alice"},
				{name: "email", kind: "string", optional: true, example: "alice@example.com"},
				{name: "password", kind: "string", about: "At least 8 characters.", example: "correct horse battery"},
			},
			answers: withBody(map[int]answer{
				http.StatusCreated: {about: "Registered.", schema: "RegisteredUser",
					example: map[string]any{"id": exampleUserID, "username": "alice", "email": "alice@example.com"}},
				http.StatusForbidden: {about: "Registration is closed.", schema: "Detail",
					example: map[string]any{"detail": "You do not have permission to perform this action."}},
			})},
	}
}

// exampleToken stands for a token, which is longer.
const exampleToken = "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.…"

func tokenOperations() []elsewhere {
	refresh := field{name: "refresh", kind: "string", about: "A refresh token.", example: exampleToken}
	audience := field{name: "audience", kind: "string", optional: true, about: "One of the installation's audiences: the access token is for it alone, and carries of the roles that are " +
		"bound to an audience those that are bound to this one. Without it, for all. The preset `simplejwt` ignores it."}
	return []elsewhere{
		{method: post, path: "/api/token/", access: anyone, id: "obtainTokens", tag: tagTokens,
			summary: "Sign in",
			about:   "Unknown names, wrong passwords and disabled accounts get one and the same refusal.",
			fields: []field{
				{name: "username", kind: "string", example: "alice"},
				{name: "password", kind: "string", example: "correct horse battery"},
				audience,
			},
			answers: withBody(map[int]answer{
				http.StatusOK:           {about: "Signed in.", schema: "TokenPair", example: map[string]any{"refresh": exampleToken, "access": exampleToken}},
				http.StatusUnauthorized: dialectUnauthorised("No active account found with the given credentials", ""),
			})},
		{method: post, path: "/api/token/refresh/", access: anyone, id: "refreshTokens", tag: tagTokens,
			summary: "Trade a refresh token for new tokens",
			about:   "A repeat within the grace period gets the same successor, so a lost answer signs nobody out. A later repeat ends the session.",
			fields:  []field{refresh, audience},
			answers: withBody(map[int]answer{
				http.StatusOK:           {about: "Refreshed.", schema: "RefreshedTokens", example: map[string]any{"access": exampleToken, "refresh": exampleToken}},
				http.StatusUnauthorized: dialectUnauthorised("Token is invalid", "token_not_valid"),
			})},
		{method: post, path: "/api/token/verify/", access: anyone, id: "verifyToken", tag: tagTokens,
			summary: "Ask whether a token is good",
			about:   "Takes access and refresh tokens.",
			fields:  []field{{name: "token", kind: "string", example: exampleToken}},
			answers: withBody(map[int]answer{
				http.StatusOK:           {about: "It is good.", schema: "Empty", example: map[string]any{}},
				http.StatusUnauthorized: dialectUnauthorised("Token is invalid", "token_not_valid"),
			})},
		{method: post, path: "/api/token/blacklist/", access: anyone, id: "blacklistToken", tag: tagTokens,
			summary: "Sign out with a refresh token",
			about:   "Ends the session of the refresh token; its access tokens are refused too.",
			fields:  []field{refresh},
			answers: withBody(map[int]answer{
				http.StatusOK:           {about: "Signed out.", schema: "Empty", example: map[string]any{}},
				http.StatusUnauthorized: dialectUnauthorised("Token is blacklisted", "token_not_valid"),
			})},
	}
}

// slidingOperations are there under the preset of the original.
func slidingOperations() []elsewhere {
	good := answer{about: "The token.", schema: "SlidingToken", example: map[string]any{"token": exampleToken}}
	return []elsewhere{
		{method: post, path: "/api/token/sliding/", access: anyone, id: "obtainSlidingToken", tag: tagTokens,
			summary: "Sign in for a sliding token",
			about:   "One token that is access and refresh token at once. It is accepted where the configuration says so.",
			fields: []field{
				{name: "username", kind: "string", example: "alice"},
				{name: "password", kind: "string", example: "correct horse battery"},
			},
			answers: withBody(map[int]answer{
				http.StatusOK:           good,
				http.StatusUnauthorized: dialectUnauthorised("No active account found with the given credentials", ""),
			})},
		{method: post, path: "/api/token/sliding/refresh/", access: anyone, id: "refreshSlidingToken", tag: tagTokens,
			summary: "Trade a sliding token for one that expires later",
			fields:  []field{{name: "token", kind: "string", example: exampleToken}},
			answers: withBody(map[int]answer{
				http.StatusOK:           good,
				http.StatusUnauthorized: dialectUnauthorised("Token is invalid", "token_not_valid"),
			})},
	}
}

func protectedOperations() []elsewhere {
	return []elsewhere{
		{method: get, path: "/api/protected/", access: somebody, id: "getProtected", tag: tagTokens,
			summary: "Reach a protected route",
			about:   "The smallest thing that needs a token: says whose it is.",
			answers: withoutBody(map[int]answer{
				http.StatusOK: {about: "The token is good.", schema: "ProtectedAnswer", example: map[string]any{
					"message": "You have access to this protected route.",
					"user": map[string]any{"id": exampleUserID, "username": "alice", "email": "alice@example.com",
						"is_staff": false, "is_superuser": false, "roles": []string{"editor"}}}},
				http.StatusUnauthorized: dialectUnauthorised("Authentication credentials were not provided.", ""),
			})},
	}
}

// serviceOperations are the paths for other services and for operators.
func serviceOperations() []elsewhere {
	return []elsewhere{
		{method: get, path: "/.well-known/jwks.json", access: anyone, id: "getKeys", tag: tagService,
			summary: "The public keys that verify access tokens",
			about:   "A JWK set (RFC 7517 section 5). Keep it for as long as Cache-Control says, and fetch it again for a kid that it lacks.",
			answers: map[int]answer{http.StatusOK: {about: "The keys.", schema: "KeySet", media: "application/jwk-set+json",
				example: map[string]any{"keys": []any{map[string]any{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "…", "x": "…", "y": "…"}}},
				headers: textHeader("Cache-Control", "How long the set may be kept.")}}},
		{method: get, path: "/healthz", access: anyone, id: "getHealth", tag: tagService,
			summary: "Whether the process lives",
			answers: map[int]answer{http.StatusOK: {about: "It does.", schema: "Health", example: map[string]any{"status": "ok"}}}},
		{method: get, path: "/readyz", access: anyone, id: "getReadiness", tag: tagService,
			summary: "Whether the service can answer",
			answers: map[int]answer{
				http.StatusOK:                 {about: "It can.", schema: "Health", example: map[string]any{"status": "ok"}},
				http.StatusServiceUnavailable: {about: "It cannot; the database is not reachable, for example.", schema: "Problem", media: problemType, example: problemOf(web.ErrNotReady)},
			}},
	}
}
