// Package session is the signed-in device: one row for each sign-in.
//
// States: live → ended, or live → expired. A live session has a generation,
// which every refresh raises by one conditional UPDATE; the refresh token in
// force carries it. Ended and expired rows are removed some time later: nothing
// of a refresh token is stored, so the table is as large as the number of people
// who are signed in.
//
// Invariants
//
//   - Of any number of concurrent refreshes with one generation, one moves it.
//   - A session that ended never lives again, and takes its access tokens with
//     it: ending writes a cut-off for the session id.
//   - Whoever may not know of a session is told that there is none.
//
// The attacks it answers: the race with a stolen refresh token (E01-E04), the
// session that survives a logout, a ban or a new password (E17-E25), and the
// look into other people's sessions (E28).
package session
