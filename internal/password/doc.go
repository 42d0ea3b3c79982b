// Package password hashes and checks passwords and says which new ones are taken.
//
// A password is stored as a PHC string of argon2id with a random salt, or as a
// string that starts with "!" for an account that has none. What others stored is
// known by a table of schemes: Django's hashers, and argon2 and bcrypt as they are
// written elsewhere. What no scheme knows never matches. A match with an outdated
// string is reported, so that the caller can store a new one; with any string of
// others it is. Inspect says before anything is stored whether it is one of these.
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
//     password, a string that no scheme knows and a wrong password; only a stored
//     hash that is dearer than ours costs more.
//   - A password of more than MaxBytes is refused before any work, for everyone
//     alike.
//   - Whoever leaves the queue costs no hash.
//   - Passwords are bytes: nothing is trimmed, normalised or cut, but by bcrypt
//     where others stored it.
//   - Costs, configured or stored, are bounded before anything is computed: one
//     check takes about a second at most, and no more than 256 MiB or half of the
//     memory limit.
//
// # The time of hashes from elsewhere
//
// The check of a hash that is cheaper than ours is topped up. A dearer one takes
// longer than an unknown user, until its owner signs in for the first time and it
// is written anew: it cannot be made cheaper, and to make every unknown user as
// dear would give a flood of sign-ins a lever. So the clock tells that such an
// account exists, and not more: with our default costs an unknown user, a wrong
// password for argon2id, and one for MD5, SHA-1, bcrypt of cost 8 or PBKDF2 of up
// to 140,000 iterations take 1; for what Django writes, measured in processor time,
//
//	pbkdf2_sha256, 260,000 iterations (Django 3.2)      1.8
//	pbkdf2_sha256, 600,000 iterations (Django 4.2)      4.2
//	pbkdf2_sha256, 1,000,000 iterations (Django 5.2)    7.0
//	pbkdf2_sha1, 1,000,000 iterations                   7.4
//	argon2id, 100 MiB, two passes                       6.3
//	bcrypt and bcrypt_sha256, cost 12                  10
//	scrypt, N=16384, r=8, p=1 (Django 4.0 to 5.0)       1.7
//	scrypt, N=16384, r=8, p=5 (Django 5.1 and later)    8.5
//
// The attacks it answers: the stolen database (argon2id at the costs that OWASP
// names), the flood of sign-ins that starves the checking of tokens, the clock
// that tells which accounts exist, the imported hash that asks for all memory or
// a day of the processor, and the password that is everybody's.
package password
