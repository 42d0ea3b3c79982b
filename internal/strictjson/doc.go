// Package strictjson reads the tokens of JSON as RFC 8259 has them, with the
// restrictions of RFC 7493: valid UTF-8, no half of a surrogate pair, numbers of
// bounded length that a reader can hold.
//
// The standard decoder replaces what is not UTF-8, takes the last of two equal
// names and matches names without regard to case. Two readers of one text then
// see two different things, which is how a claim or a field is smuggled past the
// one that checks it. Whoever reads objects with this package compares the names,
// which are unescaped, and bounds depth and number of members; ReadObject does.
//
// Invariant: what it accepts, every conforming reader accepts, and reads as the
// same values.
package strictjson
