// Package password hashes and checks passwords and says which new ones are taken.
//
// A password is stored as a PHC string of argon2id with a random salt, or as a
// string that starts with "!" for an account that has none. Stored strings of
// other kinds are known by a table of schemes; what no scheme knows never
// matches. A match with an outdated string is reported, so that the caller can
// store a new one.
//
// Hashing runs on a few threads of its own: locked, of the lowest priority where
// the system can give it to a thread, and behind a queue that is bounded in length
// and in time. What does not fit is refused with ErrBusy. The composition root
// sets GOMAXPROCS to RecommendedProcs, so that the kernel and not Go's scheduler
// divides the processors between hashing and everything else.
//
// Invariants
//
//   - Check costs the same work for an unknown user, an account without a usable
//     password, a string that no scheme knows and a wrong password.
//   - A password of more than MaxBytes is refused before any work, for everyone
//     alike.
//   - Whoever leaves the queue costs no hash.
//   - Passwords are bytes: nothing is trimmed, normalised or cut.
//   - Parameters, configured or stored, are bounded before memory is taken.
//
// The attacks it answers: the stolen database (argon2id at the costs that OWASP
// names), the flood of sign-ins that starves the checking of tokens, the clock
// that tells which accounts exist, the imported hash that asks for all memory,
// and the password that is everybody's.
package password
