// Package snapshot remembers what accounts are and hold, so that answering for a
// verified token costs no statement.
//
// A snapshot is an account with its rights, as read at one moment. It is
// forgotten when an event says that the account changed or signed in, and all are
// forgotten when a role or a permission changed. Events reach this process before the
// caller of a change made here is answered, and at most a second later for
// changes made elsewhere (package event); a process that cannot read the log
// knows it and refuses.
//
// What was given for a limited time ends without an event: a snapshot says when the
// first thing in it does, and is read anew from then on.
//
// Invariant: what was read before an event was heard is not kept after it. A read
// that began before the event and ended after it is used once and not kept.
//
// The attack it answers: the right that is taken away and still works because a
// cache did not hear of it (E30), and the one that has ended.
package snapshot
