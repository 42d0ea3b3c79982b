// Package account is everything that is done to accounts: registering, the
// administration of others, one's own profile and password, and the first
// superuser.
//
// Each use case checks who asks first, then what is asked, then changes and
// records in one transaction. Passwords are hashed before the transaction, in the
// bounded pool.
//
// What takes trust away ends it everywhere: disabling, deleting and a new
// password raise the account's rights version, end its sessions, and write the
// cut-off that refuses the tokens issued before.
//
// A password that was given out must be changed, with a proof of it in place of a
// session, before it lets anybody in. Any password ends that: the owner's, or
// another administrator's.
//
// The first superuser comes from the command line or from the setup link: a random
// token, of which the hash is kept in the one row that there is. The link lives 30
// minutes, a new one replaces it, and it is consumed in the transaction that makes
// the superuser, so that of any number of attempts one succeeds. There is no
// default account.
//
// An administrator makes a reset link: a one-time page on which the owner of an account
// chooses a password. It is kept and consumed like the setup link, one for each account.
// It is bound to the rights versions of the account and of who made it, and who made it
// is looked at again when it is used. So it ends with another password, a sign-out
// everywhere, a disabling or a deletion; when the account is given something that its
// giver does not hold; and when the giver loses the right, or is not trusted any more.
//
// Invariants
//
//   - An administrator changes nobody who holds something that they do not hold
//     themselves, and gives no flag that they do not have.
//   - One active superuser is left, whatever is demoted, disabled or deleted, by
//     whomever, and however many do it at once.
//   - Registering never sets a flag, a role or an id.
//   - A reset link does what its giver could do at the moment when it is used, once.
//
// The attacks it answers: the race for the first administrator (H05), mass
// assignment (H06), the deleted person's name taken over with its rights (E19).
package account
