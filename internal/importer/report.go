package importer

// maxListed is how many problems a report lists; more are counted.
const maxListed = 10_000

// What is wrong with a row, or was not done because of it.
const (
	BadRow   ProblemKind = "bad_row"  // it cannot be imported, or not as a whole
	Conflict ProblemKind = "conflict" // with what is here
	Password ProblemKind = "password" // imported, but nobody can sign in with the password
	Deleted  ProblemKind = "deleted"  // imported once, and gone from the source; it stays here
)

// ProblemKind says what kind a problem is of.
type ProblemKind string

// Problem is a row of the source that needs somebody to look at it.
type Problem struct {
	Kind   ProblemKind
	Table  string
	ID     string
	Reason string
}

// Tally counts rows. In a run that writes nothing it says what would be done.
type Tally struct {
	Read      int64
	Created   int64
	Updated   int64
	Unchanged int64
	Skipped   int64 // each has a problem
}

// Report is what a run found and did.
type Report struct {
	Source  string
	Written bool // false: nothing was written

	Permissions Tally
	Roles       Tally
	Users       Tally
	Tokens      Tally // that are revoked
	Gone        int64 // users that are gone from the source

	// LastNumber is the largest number that was ever the id of a user; 0 when ids
	// are no numbers.
	LastNumber int64

	// Notes are sentences about the source as a whole.
	Notes []string

	// Problems are the first ten thousand; ProblemCount is how many there are.
	Problems     []Problem
	ProblemCount int64
}

// Changed is how many rows were created or updated, or would be.
func (r Report) Changed() int64 {
	var n int64
	for _, t := range []Tally{r.Permissions, r.Roles, r.Users, r.Tokens} {
		n += t.Created + t.Updated
	}
	return n
}

// add lists a problem.
func (r *Report) add(p Problem) {
	r.ProblemCount++
	if len(r.Problems) < maxListed {
		r.Problems = append(r.Problems, p)
	}
}

// refuse lists a problem that keeps a row from being imported.
func (r *Report) refuse(t *Tally, kind ProblemKind, row Row, reason string) {
	t.Skipped++
	r.add(Problem{Kind: kind, Table: row.Table, ID: row.ID, Reason: reason})
}
