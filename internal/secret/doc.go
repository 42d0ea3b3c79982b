// Package secret holds the values that must not be seen, and the keys that are
// derived from the one secret that must not be lost.
//
// Text is a secret string: it prints as [redacted] with every verb, in JSON and
// in structured logs, and has to be revealed by name. Root is the instance
// secret: at least 32 random bytes that live outside the database. Every use of
// it has its own HKDF label (RFC 5869), so that no two uses share a key and none
// of them reveals the root. Box seals small values at rest with AES-256-GCM
// under a derived key, bound to what they are by the associated data.
//
// Invariants
//
//   - The root is never used as a key itself.
//   - A sealed value opens only under the same root, label and associated data,
//     so a row cannot be moved to another place in the database.
//
// The attacks it answers: the stolen database (it holds nothing that signs), the
// talkative log, and the swapped row.
package secret
