// Package store keeps everything: one SQL implementation of the Store of every
// feature, over SQLite, PostgreSQL (13 and newer) and MySQL (8.0) or MariaDB
// (10.6), and what speaks their protocols.
//
// # Connection strings
//
//	sqlite:PATH                                    relative to the working directory
//	postgres://user:password@host:port/name        pgx's options, such as ?sslmode=verify-full
//	mysql://user:password@host:port/name           ?tls=true, ?tls_ca=FILE, ?socket=PATH
//
// PostgreSQL's sslmode is taken as given; without one the connection is encrypted
// when the server offers it and nobody's name is checked. Across a network say
// verify-full, or tls=true for MySQL.
//
// # Transactions
//
// A feature runs its transactions with the function that TxFunc makes. A
// transaction inside another one is part of it. A function may run more than
// once, so it sets its results at its top; its error rolls back what it did. It
// runs to its end once it has begun, whatever becomes of the request, so that a
// commit is never cut off on the way: the caller waits for the outcome and hears
// nothing before it. A caller that is cancelled before leaves, and its function
// does not run.
//
// Who wins is decided by a unique key or by the count of one conditional UPDATE,
// never by an isolation level or a lock that is held across statements. Conflicts
// that pass are tried again, up to five times.
//
// SQLite has one connection that writes. Its owner takes the functions that wait,
// runs each in a savepoint, commits them together and answers then. When SQLite
// has rolled back by itself, or the commit fails, the group runs again one by one,
// each function with an outcome of its own.
//
// # Invariants
//
//   - What was acknowledged is durable (synchronous=FULL), and what was refused
//     left nothing.
//   - The events of a transaction are handed to OnCommit once, after its commit
//     and before its caller is answered.
//   - Every statement on a server has a deadline. What passes by itself is
//     ErrUnavailable, and the next call finds the way again without a restart.
//   - Times are milliseconds since 1970 UTC of the caller's clock, 0 for none.
//     The database's own clock is only ever measured (ClockOffset).
//   - Texts of SQL are literals of this package; values are only ever arguments.
//
// # Attacks
//
// Injected SQL; the password of the database in an error or a log; the database
// file of another user's reading (mode 0600); a downgrade to plain text
// (tls=preferred is refused); text that the database stores as something else
// (strict mode, utf8mb4, binary collation); races of two requests for one thing.
package store
