// Package token makes access and refresh tokens, and reads refresh tokens.
//
// An access token is a JWT (RFC 7519) that any service verifies with the
// published keys. It carries who the subject is, the session (sid), the version
// of the subject's rights (rv) and of the access model (av), the roles, and the
// permissions when they fit the byte budget; over the budget they are left out
// and looked up. It is for all audiences of the installation or for one of them, and
// carries of what is bound to audiences that which is bound to its own.
//
// A refresh token has the same shape, because clients read its exp, and is a
// different thing: it is signed with HMAC under a key that is derived from the
// instance secret and the session's salt. Neither the secret nor the database
// alone can make one, no published key verifies one, and nothing of it is stored.
// Its jti holds the generation and a MAC over the generation and its beginning;
// jti, iat and exp are functions of the session row, so the successor of a
// generation is one and the same token however often it is made.
//
// Under the preset both kinds are signed with the configured key, as in the
// original. The jti still carries the generation and proves the present one;
// whoever holds a shared secret can write an older one.
//
// The original's settings (Original) name its claims and say what is in them. A token
// without a session (no sid) is foreign: another issuer signed it with the shared
// key. The Bridge says for how long such tokens are accepted, and counts them. What
// follows from a foreign token has its claims, as in the original.
//
// The attacks it answers: forging a refresh token from a stolen database or a
// leaked secret (T9), using one kind for the other (D01-D03), and the token that
// grows past what proxies carry (C29).
package token
