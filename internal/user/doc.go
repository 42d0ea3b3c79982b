// Package user is the account: its names, addresses, flags, and the rules for
// each.
//
// A username follows Django's rule: letters, digits and @ . + - _, at most 150
// code points, in Unicode's NFKC form. It is kept with the case that was typed.
// Outside the preset two names that differ only by case or by normalisation
// cannot both exist: each account holds a key, the case-folded name, that is
// unique. Under the preset the key is the exact name, which is Django's rule.
//
// States of an account: active ⇄ disabled → deleted. Disabling and deleting end
// every session and raise the rights version, so that tokens issued before are
// refused.
//
// The rights version is a number that only rises. Access tokens carry the version
// that they were made at; a cut-off names the least version that is still good.
// Versions are compared, never times.
//
// The attacks it answers: the look-alike account ("Admin" beside "admin", L21),
// the pre-filled flag (H06), and the bomb of combining marks (K14).
package user
