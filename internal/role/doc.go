// Package role keeps the access model: declared permissions, roles that are named
// sets of them, and who holds which.
//
// States of a role: present → deleted. Its permissions and its members change
// while it is present. The permissions of the service itself
// ("countersign.…") are declared by the first migration and never change.
//
// Invariants
//
//   - A role never holds a permission that is not declared.
//   - Whoever edits a role, or gives one, holds everything that is in it.
//   - What takes something away is followed by a cut-off in the same
//     transaction: a change of an account's roles or grants raises its rights
//     version, a role that loses something raises the access version. What only
//     adds to a role raises nothing.
//
// The attacks it answers: the role editor who edits themselves upwards (H22), the
// deleted permission that comes back with its old holders (H24), and the right
// that outlives its removal (E30).
package role
