// Package recovery is what an operator does when the instance secret is lost.
//
// Nothing that was sealed or signed under the lost secret can be used again, so
// all of it goes at once: the signing keys are forgotten, every session ends,
// every key id that verifiers may know is cut off, and the event chain begins
// anew at the event that records the loss. Accounts, roles and password hashes
// stay.
//
// The attack it answers is its own misuse: it asks for a flag that names the
// loss, and it is recorded.
package recovery
