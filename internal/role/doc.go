// Package role keeps the access model: declared permissions, roles that are named
// sets of them and may include each other, and who holds which.
//
// States of a role: present → deleted. Its permissions and its members change
// while it is present. The permissions of the service itself
// ("countersign.…") are declared by the first migration and never change.
//
// A role or a grant is given to an account for ever or until a time. States of what
// ends: given → ended → removed. From its end on it counts for nothing; RemoveEnded
// removes it later and records it. Giving it again, before or after the end, gives it
// the new end. Taking what has ended removes it.
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
//     the role that was edited is enough; where it is bound to an audience, tokens for
//     others do not list it, and what it includes is cut off by name too.
//   - A role is bound to an audience that tokens are issued for, or to none.
//   - Every change of what a role is itself raises its version. A change that names the
//     version that it was made from happens to that one or not at all.
//
// The end of what was given raises no version: no token outlives what it carries
// (package token), and the service's own decisions look at the time.
//
// The attacks it answers: the role editor who edits themselves upwards (H22), the
// deleted permission that comes back with its old holders, the role that is called
// "аdmin" (H24), the right that
// outlives its removal or its end (E30), and the deputy who stays (H22).
package role
