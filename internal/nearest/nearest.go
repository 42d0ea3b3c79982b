package nearest

// Name returns the name with the least edit distance to what was written; of several
// the first, of none "".
func Name(written string, names []string) string {
	best, least := "", -1
	for _, name := range names {
		if d := distance(written, name); least < 0 || d < least {
			best, least = name, d
		}
	}
	return best
}

// distance is Levenshtein's: how many bytes must be inserted, removed or replaced
// to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
