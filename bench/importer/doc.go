// Command importer measures the import of a Django project with a million users:
// it generates the project's database, builds the program, imports with it as a
// process of its own into an empty database of SQLite, and imports again, which has
// to change nothing. It prints time, rows in a second and the peak of the process's
// resident memory, and fails when the second run changes a row.
package main
