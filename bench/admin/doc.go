// Command admin measures the pages that administrators read: each list, each filter,
// the search by the beginning of a username and the dashboard, at the first page and
// far into the list, with ten thousand users and with a million, on SQLite and, where
// COUNTERSIGN_TEST_POSTGRES points at a server, on PostgreSQL. It makes a database
// for each, which is gone afterwards.
//
// Every account has joined at one of a few moments, as after an import; each tenth has
// a session and two events; a role has ten thousand holders and another one twenty.
//
// It prints the median of each page beside that of the small database, and fails
// when one takes longer than 100 ms or three times as long as with ten thousand.
// Under 5 ms the ratio is printed and not judged: there it says how many rows the
// page has, and little else. The holders of a role that are active or inactive too, two
// filters with indexes of two tables, have the budget alone.
package main
