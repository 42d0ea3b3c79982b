// Package role keeps the access model: declared permissions, roles that are named
// sets of them and may include each other, and who holds which.
//
// States of a role: present → deleted. Its permissions and its members change
// while it is present. The permissions of the service itself
// ("countersign.…") are declared by the first migration and never change.
//
// Invariants
//
//   - A role never holds a permission that is not declared.
//   - Roles include each other without a circle, MaxDepth deep at most.
//   - Whoever edits a role, or gives one, holds everything that it gives, itself
//     and by the roles that it includes.
//   - No two names that were made here look the same.
//   - What takes something away is followed by a cut-off in the same
//     transaction: a change of an account's roles or grants raises its rights
//     version, a role that loses something raises the access version. What only
//     adds to a role raises nothing. Tokens list included roles, so the name of
//     the role that was edited is enough.
//
// The attacks it answers: the role editor who edits themselves upwards (H22), the
// deleted permission that comes back with its old holders, the role that is called
// "аdmin" (H24), and the right
// that outlives its removal (E30).
package role
