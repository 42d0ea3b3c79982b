// Package strength scores passwords with zxcvbn, for password.Policy.
//
// It is apart from package password because the library unpacks its word lists
// when the program starts, used or not: about 50 ms and 8 MiB that only those pay
// who link this package.
//
// Invariant: the caller bounds the length of what is scored. password.Policy
// gives at most 100 code points, which take about 20 ms.
//
// The attack it answers is the guess that no list of passwords holds: words,
// names, dates, keyboard patterns and their combinations.
package strength
