// Package fault is the one error type of the service.
//
// A fault says what went wrong in three voices: a Kind and a Code for programs,
// a Public sentence for the person who asked, and a private cause for the
// operator's log. Features declare faults as package variables (sentinels) and
// derive from them with Because and WithField, which copy, so a sentinel is
// never changed.
//
// Invariants
//
//   - Everything that is not a fault is Internal: its text goes to the log and
//     never to a client.
//   - Public and Fields are safe for any stranger to read. They never hold a
//     secret, a driver's message or a path.
//   - Only the transport adapters read Kind; each has one table from it.
//
// The attack it answers is the talkative error: a stranger who learns from a
// message which query failed, which account exists or which file is missing.
package fault
