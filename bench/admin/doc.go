// Command admin measures the lists that administrators read: each list, each filter
// and the search by the beginning of a username, at its first page and far into it,
// with ten thousand users and with a million, on SQLite and, where
// COUNTERSIGN_TEST_POSTGRES points at a server, on PostgreSQL. It makes a database
// for each, which is gone afterwards.
//
// Every account has joined at one of a few moments, as after an import; a role has
// ten thousand holders and another one twenty.
//
// It prints the median of each page beside that of the small database, and fails
// when one takes longer than 100 ms or three times as long as with ten thousand.
package main
