// Package userfile moves users in and out by files: CSV and JSON lines in, JSON
// lines out. What Export writes Import reads.
//
// A file is read a row at a time, whatever its size. A row that cannot be taken is
// reported with its line and the reason, and the rest goes on; when a quoted field of
// CSV does not end, reading goes on at the next line and not at the end of the file.
// An account that exists is never written: the row is unchanged when it says what is
// so, and a conflict, which is listed, when it says something else. So a second run
// changes nothing, and one that was cut off goes on where it stopped.
//
// A row has a password in one of two ways, or none. password_hash is a string that
// another service stored; whether it can be checked is looked at here, and it is
// written anew at the next sign-in. initial_password follows the policy, is hashed,
// and must be changed by its owner before it lets anybody in, for the file and
// whoever wrote it know it.
//
// Invariants
//
//   - Only a superuser, or the command line, imports and exports.
//   - An account, what it holds and its event are written in one transaction.
//   - No reason that is reported, and no event, has a password or a hash in it.
//   - Memory does not grow with the file, but for about 40 bytes a row: hashes of the
//     names and ids that were seen, to find rows that contradict each other.
//   - An id that is a number is never given to somebody else later.
//
// The attacks it answers: the look-alike that takes over an account (L21), the hash
// that asks for all memory, the line that never ends, and the file of hashes that
// anybody on the machine can read.
package userfile
