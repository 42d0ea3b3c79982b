// Package apptest runs the whole service for tests: the configuration of an
// operator, a real database, a listener on the loopback, the workers, and a client
// that asks as any client would.
//
// A Service is made by Start and gone after the test. Second starts another one on
// the same database and instance secret, as a second replica does. Both tell one
// time, which Advance moves: nothing here waits for a clock.
//
// When the test ends, the event log is read to its end and its chain checked, and
// the server's log is looked through: a line of level ERROR that the test did not
// ask for fails it.
//
// A Forwarder stands between a service and its database server where a test wants
// to take the database away: at once, in silence, or in the middle of a change.
//
// A Scenario is one request with the answer that it must get, for tests that are
// tables. The tests of this package hold what the parts promise together: the
// refresh race (E01-E12), revocation everywhere (E17, E30), one kind of token for
// one use (D01-D03), nothing secret at rest or in logs (M01, M06), and who may do
// what (H01-H24): testdata/matrix.txt is the table of that, which a new operation
// needs a line in.
package apptest
