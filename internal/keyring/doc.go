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
// The configuration may give the keys instead, and then none are made, kept,
// published or rotated:
//
//   - with HS256, HS384 and HS512 the one key is the shared secret;
//   - a Fixed key is one PEM pair (ParseFixed) that signs under no name, so that
//     verifiers do not look at kid; its public half alone only verifies;
//   - Remote keys are another issuer's, and this process only verifies.
//
// The one key of the configuration is active for ever. A process that only
// verifies has no signer.
//
// Invariants
//
//   - There is always an active key, unless the process only verifies, and the
//     published set always has the key of every token that is still good; of keys
//     that the configuration gives, whoever verifies has them from there.
//   - A configured pair is one: what the private key signs, the public one
//     verifies, by the configured algorithm and no other.
//   - No error, log line or printed value contains anything of a private key.
//   - A retired key never signs again, and a pending one not yet.
//   - Of any number of processes that want to change the keys at once, one does.
//   - A wrong instance secret is noticed before anything is signed, also where the
//     configuration gives the keys.
//
// The attacks it answers: the stolen database, the key set that is emptied while
// it rotates, the key that is shared by all installations (V6, H02, H04), the key
// of another curve or a weak one in the configuration (A12), and the private key
// that an error repeats.
package keyring
