// Package browser is how a browser holds a session: by a cookie.
//
// A session of a browser is an ordinary row of the sessions, started with the
// password (package signin) and listed and ended with the others. No token is ever
// made for it. The cookie names the session, says when this browser last proved the
// password, and is authenticated by a key that is derived from the instance secret
// and the row's random salt, as refresh tokens are under another label: neither the
// secret nor the database alone makes one, and nothing of it is stored.
//
// Each request reads the row. The session ends 30 minutes after the last request,
// which is written at most once a minute, and 12 hours after the sign-in. What the
// caller may do comes from the live account, so that a change of roles bites on the
// next request.
//
// When the password was last proved is kept in the cookie and not in the row: there
// is nothing to migrate or to write, the MAC is over it, and it belongs to the
// browser that typed the password. A stolen copy of the cookie stays as old as it
// was when the owner proves the password again.
//
// Invariants
//
//   - Of an ended or expired session, or of an account that is disabled or gone,
//     nothing is a visitor.
//   - No cookie is a token of the API, and no token is a cookie.
//   - A sign-in makes another session, with another salt, whatever cookie came with it.
//
// The attacks it answers: the session that is fixed before the sign-in (J10, J18),
// the forged cookie, the copy that outlives its session (J20), the walk-up to a desk
// whose owner is away (J20).
package browser
