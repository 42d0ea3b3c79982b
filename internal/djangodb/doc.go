// Package djangodb reads the database of a Django project, over SQLite, PostgreSQL
// or MySQL and MariaDB: it is an importer.Source.
//
// It reads the tables of django.contrib.auth, of content types, and of simplejwt's
// blacklist, if that is there. A project with a user model of its own names the
// table and, where they differ, the columns; the tables of its groups and
// permissions are named after it, as Django names them. What is missing is said at
// once, all of it.
//
// Every value is read as text and understood here, so a value that is none of its
// type is a broken row and not the end of the import. Ids are numbers or text; an
// id that Django keeps as 32 hexadecimal digits is written as a UUID, as it is in
// tokens.
//
// Times without a zone are taken as UTC, which is what Django writes unless
// USE_TZ is False. When a blacklisted token expires is read from the token itself,
// and from the table where that cannot be.
//
// The name of a source is made of its first migration and the microsecond in which
// that ran: a copy or a dump has the same one, another project never.
//
// Invariants
//
//   - Nothing is ever written to the database. Beside a file of SQLite in WAL mode
//     there may be the two files that every reader needs.
//   - Users are read in pages by their key, each a statement of its own, so a
//     running Django waits for none of them.
//   - Names of tables and columns are quoted; values are only ever arguments.
//
// The attacks it answers: the row that is no row (bad text, times, flags), and the
// name of a table that is a statement.
package djangodb
