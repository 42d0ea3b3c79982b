// Package sheet writes rows for other programs: as JSON lines, or as comma-separated
// values (RFC 4180) for spreadsheets.
//
// Text that people chose ends up in these files, and a spreadsheet takes a cell that
// begins with certain characters for a formula: it computes it, asks other machines,
// or starts programs. Such a cell gets an apostrophe before it, which spreadsheets
// take for "this is text". Every cell is quoted, so that a program that separates at
// semicolons finds no cell inside another one. JSON lines are never changed: they are
// what a program should read.
//
// Invariants
//
//   - No cell of a CSV file begins with = + - @, their full-width forms, a tab, a
//     carriage return or a line feed.
//   - A row is one line of JSON, or one record of CSV.
//   - Memory does not grow with the rows.
//
// The attack it answers: the name that is a formula (J01-J06).
package sheet
