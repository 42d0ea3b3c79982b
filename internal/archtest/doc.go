// Package archtest holds no code: its tests read the source of the whole module
// and fail where it leaves the architecture or the house rules.
//
// What they hold, each in a file of its own:
//
//   - imports_test.go: which package may import which. A package that is not in
//     the table fails, so its place is decided before it is written.
//   - libraries_test.go: which package may import a library. Package verify
//     imports the standard library alone.
//   - rules_test.go and those beside it: sizes, documentation, names, package
//     state, sleeping and skipping tests. Every rule carries examples that it
//     must catch and examples that it must let pass.
//   - fuzz_test.go: whoever reads what strangers send has a fuzz test.
//   - promises_test.go, cases_test.go: the pages that name tests name tests that
//     there are.
//   - text_test.go: no file names a path of somebody's machine.
//   - deps_test.go: deps.txt names the modules that are linked into the program,
//     and no others.
//
// Files are parsed whatever system they are built for, so a file for Windows
// keeps the same rules.
package archtest
