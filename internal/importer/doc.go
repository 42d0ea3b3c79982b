// Package importer moves the users of another service in, with their groups,
// permissions and what was revoked. It reads a Source and writes through the
// Store, in batches, and reports on every row that it could not take as it is.
//
// Ids of users are kept: they are in tokens and in other services' tables. Groups
// become roles, with ids of their own. What was made is remembered row by row: for
// each row of the source a digest of every field as it was written here. A later
// run compares three values of a field, the one that was imported, the source's
// and the one here:
//
//   - the source's is as it was imported: nothing is done, whatever happened here.
//     A password that a sign-in encoded anew, a role that an administrator took
//     away and an account that was deleted here stay so.
//   - only the source's changed: it is written.
//   - both changed, to different values: a conflict. It is listed, nothing is
//     written, and it is listed again until the two are the same.
//
// The time of the last sign-in is the later one of the two. A password string that
// a sign-in encoded anew counts as unchanged: the account remembers which one it
// replaced. Rows that are gone from the source are listed and stay here.
//
// A username or an id that an account has which no import of this source made is a
// conflict, and so is a role's name. A declared permission of the same name is the
// same permission. The permissions of this service itself are never imported.
//
// # Events
//
// Each batch of new accounts is one event in the transaction that writes them, with
// the first and the last id and the number of rows; accounts with a flag have one
// of their own. A change of an existing account is recorded, and cut off, as the
// ordinary use case does it: disabling and a new password end its sessions, a
// change of name, flags, roles or permissions makes its tokens stale. A run that
// changed anything ends with one event that has the sums.
//
// # Invariants
//
//   - A second run over the same source changes nothing.
//   - An account and what is remembered of its row are written together, so a run
//     that was cut off goes on where it was.
//   - No id that the source has given, also to an account that it deleted, is given
//     to somebody else: an old token would speak for them.
//   - What cannot be verified, or is too weak, is never a password: the account is
//     imported without one.
//   - Memory does not grow with the source, but for 11 to 22 bytes a user while
//     nothing is written (the names that were seen).
//
// The attacks it answers: the look-alike account that takes over a name (L21), the
// imported permission that opens this service's own administration (H22), the
// hash that asks for all memory, and the blacklisted token that comes back.
package importer
