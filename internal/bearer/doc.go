// Package bearer turns an access token into a caller.
//
// The token is verified (package verify: signature, claims, cut-offs) and says who
// it is. What they may do is not taken from it but looked up, so a change of
// roles bites on the next request: the claims are for other services.
//
// Invariants
//
//   - Every surface that takes an access token takes it through here.
//   - Of a disabled or deleted account, an ended session or a withdrawn key,
//     nothing is a caller.
//   - While this process cannot tell whether a token was revoked, it says so
//     (event.ErrStale) and lets nobody in.
//
// Under the preset another issuer may sign with the same key. What it signs has no
// session (no sid) and is accepted while the bridge is open (token.Bridge); as it
// has no rights version either, it is held by its iat against the end of all
// sessions of its owner. Whoever holds a shared key can sign for anybody.
//
// The attacks it answers: keeping access after it was taken away (TM4), and the
// token of one kind used as another (D01).
package bearer
