// Package storetest gives tests real databases: SQLite always, PostgreSQL and
// MySQL or MariaDB where COUNTERSIGN_TEST_POSTGRES and COUNTERSIGN_TEST_MYSQL
// hold the URL of a server's database from which others can be made and dropped.
// COUNTERSIGN_TEST_REQUIRE is a list of kinds (postgres,mysql) that must be
// there: a run that should test them fails in place of passing by testing
// nothing.
//
// Every database is migrated, empty, the caller's alone, and gone after the test.
// There are no fakes: a memory store would be a second implementation to be kept
// equal.
//
// The rest of the package is the conformance suite: for each feature's Store one
// function that tests what its comments promise, on all three databases.
package storetest
