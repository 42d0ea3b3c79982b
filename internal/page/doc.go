// Package page is how lists are read: keyset pages, never offsets.
//
// A page is asked for with a limit and the cursor that the page before it gave.
// A cursor is the position (created at, id) of the last row, authenticated with
// a key derived from the instance secret, so that a caller can only continue
// where a list of ours ended and cannot probe rows with positions of their own.
//
// Invariants
//
//   - A limit is at least 1 and at most MaxLimit, whatever was asked for.
//   - Reading pages to the end visits every row that was there all the time
//     exactly once, whatever is added or removed meanwhile.
//
// The attacks it answers: the page of a billion rows (K15) and the forged cursor
// (L16).
package page
