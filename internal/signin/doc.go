// Package signin is the way into a session, on in it, and out of it: password →
// session → tokens; refresh; sign-out with a refresh token.
//
// Signing in costs one password hash, whether or not the account exists, is
// disabled or has a password, and answers all of these alike. The session is kept
// by the transaction in which the account confirms that it is still active and
// unchanged, so a disabling at the same moment misses no session.
//
// A password that others know as well, because it was given out, proves who somebody
// is and starts no session: it is changed first (package account). Only who proved
// it is told so.
//
// Refreshing is one conditional UPDATE of the session row:
//
//	presented generation = the row's    → the row moves on; the successor is issued
//	= the row's − 1, within the grace   → the same successor again (a retry)
//	anything older                      → a copy is in other hands: the session ends
//
// A retry within the grace from another network or agent than the refresh's is
// recorded with both. A reuse ends that session and no other, and is recorded,
// although the caller is told no more than 401.
//
// An access token is for every audience of the installation, or for the one that its
// client asked for (Service.For): it then carries no more than that one is to see. The
// session and its refresh token know no audience, so the same person may ask for another
// one with the next refresh. It keeps rights from the services that a token is shown to,
// not from its bearer.
//
// Under the preset other issuers may sign with our key. A foreign refresh token has
// no session: with rotation it is traded once for one of ours, without it gives
// access tokens until it expires; what is blacklisted is kept by its jti. The end of
// all sessions of an account ends what others signed for it until then.
// Sliding tokens are sessions too; they are extended without a write.
//
// What an account would be issued now can be looked at (Preview): decoded, without a
// signature, in a session that does not exist. Its size is told to whoever gives the
// account something (NextSize).
//
// Failed sign-ins are recorded, the first ten a minute for an account and network
// each by itself, what is beyond them as one event with their number.
//
// The attacks it answers: finding out who has an account (F01-F04), the race with
// a stolen refresh token (E01-E10), the flood that fills the log (K23).
package signin
