// Package verify decides whether an access token of a Countersign server is
// good, without asking the server.
//
// It is the one verifier of the product: the server's own surfaces and the
// services that trust the server run this code, so they cannot disagree about
// a token. It needs the standard library only.
//
// # How a token is read
//
// The package is strict before it is clever. In this order, and nothing later
// is looked at once something earlier is wrong:
//
//  1. size and alphabet: at most 8192 bytes, three base64url segments;
//  2. canonical base64url: no padding, no line breaks, unused bits zero;
//  3. strict JSON: no name twice, valid UTF-8, no lone surrogates, bounded
//     depth, members and numbers, nothing after the value;
//  4. the header: alg, kid and typ, and no other member;
//  5. the key that kid names, which has exactly one algorithm, and alg must be
//     that algorithm;
//  6. the signature;
//  7. the header's typ, then the claims: iat, nbf, exp, aud, iss, the presence
//     of exp, jti and token_type, the token type, the subject, the lifetime;
//  8. the cut-offs of a [Revocations] set.
//
// A [Config] may loosen single rules for an issuer that does otherwise: it names
// the claims of the user id, the token type and the token's id ([ClaimNames]),
// leaves out typ, jti or kid, and reads user ids as the original service does.
// What is loosened is said there one by one; nothing else of the list changes.
//
// The algorithms are those of RFC 7518 with a signature, but none, and Ed25519:
// ES256, ES384, ES512, RS256 to RS512, PS256 to PS512, HS256 to HS512, EdDSA. One
// table holds the hash and the curve of each.
//
// Cut-offs compare versions (rv), so that a token made in the second of a
// revocation is on the right side of it. A token that another service made has no
// rv: it is told by its iat against the time of the revocation, rounded so that
// some good token ends rather than some bad one lives.
//
// A verdict is remembered under the SHA-256 of the token until the token
// expires. What is remembered is only what cannot change: a hit still looks at
// the clock, at the key set and at the cut-offs.
//
// # Where keys come from
//
// A service that is not the issuer keeps the issuer's published keys in a
// [RemoteKeys]: its Keys for Config.Keys, its Missed for Config.Missing, its Run
// beside the service. A verifier never waits for the network. Keys are fetched
// before they grow old and when a token names one that is not held, which
// strangers cannot make happen more often than MinInterval allows. While the
// issuer is away the last keys stay in use, until MaxStale; what it withdraws is
// gone with the next fetch. The address is https and configured, redirects that
// leave it are not followed, and an answer is bounded in size and time.
//
// # Invariants
//
//   - A [KeySet] never changes; to change keys, give another set.
//   - A [Key] has one algorithm. No header can choose another, not even of the
//     same family: a key of RS256 verifies no RS512.
//   - Nobody escapes a cut-off by a second name: sub and user_id agree, of an
//     issuer with other names the cut-offs of both are looked at, and under
//     AnyUserID sub says nothing.
//   - The token never chooses where keys come from: jku, jwk, x5u, x5c and all
//     other unknown header members are refused, or with AnyHeader read by nothing;
//     what would change how the token is read is refused always.
//   - Nothing is keyed by the text of a token except remembered verdicts. The
//     second valid form that every ECDSA signature has (s replaced by n − s) is
//     therefore harmless: it has the same claims, the same session and the same
//     cut-offs, and what ends the one ends the other.
//   - No error text contains a token, a claim or a key.
//
// # Attacks it answers
//
// Algorithm confusion and "none" (RFC 8725 sections 2.1 and 3.1), keys and key
// locations supplied by the token (section 3.10), parsers that disagree about
// duplicate or differently cased names, invalid UTF-8 or padding, oversized and
// deeply nested input, numbers that overflow when they become times, weak RSA
// keys (short, e = 1, ROCA), keys on another curve than the algorithm's, Ed25519
// keys of small order, shared secrets that are published key files, tokens of another type or audience (section 3.11),
// tokens made to live for ever by whoever could sign once, and remembered
// verdicts that outlive a withdrawn key or an ended session.
package verify
