package event

// What an import writes: one event for each transaction, and one at the end.
const (
	ImportWritten   Action = "import.rows_written"
	ImportCompleted Action = "import.completed"
)

// Import is the subject for a source that was imported, by its name.
func Import(source string) Subject { return Subject{Kind: "import", ID: source} }
