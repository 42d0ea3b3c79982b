// Package keyring holds the keys that access tokens are signed with.
//
// States of a key: pending → active → retiring → retired. They are a function of
// the kept times and the clock alone, so every replica agrees without a message:
// a key is pending until its activation time, active until the activation time of
// the key after it, retiring until the last token that it signed has expired, and
// retired after that. Pending, active and retiring keys are published; only the
// active one signs. A new key is published for twice the JWKS max-age before it
// signs, so no verifier meets a token whose key it could not know.
//
// Private keys are PKCS #8, sealed under the instance secret with the key id as
// associated data. The id is the RFC 7638 thumbprint.
//
// With HS256 the one key is the shared secret from the configuration; it is never
// kept and never published.
//
// Invariants
//
//   - There is always an active key, and the published set always has the key of
//     every token that is still good.
//   - A retired key never signs again, and a pending one not yet.
//   - Of any number of processes that want to change the keys at once, one does.
//   - A wrong instance secret is noticed before anything is signed.
//
// The attacks it answers: the stolen database, the key set that is emptied while
// it rotates, the key that is shared by all installations (V6, H02, H04).
package keyring
