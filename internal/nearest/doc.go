// Package nearest finds the name that somebody meant: of the known ones the one with
// the least edit distance to what was written.
//
// It is for messages about settings and columns that do not exist. Nothing is ever
// done with the name that it finds: a guess is said, not acted upon.
package nearest
