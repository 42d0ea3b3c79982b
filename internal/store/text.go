package store

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// errText is returned for text that not every database keeps: PostgreSQL has no
// NUL in text, MySQL no invalid UTF-8, SQLite both. The features refuse such text
// with an answer that a person understands; here it is refused so that the three
// never differ in what they hold.
var errText = errors.New("text with a NUL or with invalid UTF-8 cannot be stored")

// storable returns errText unless every text can be kept by every database.
func storable(texts ...string) error {
	for _, text := range texts {
		if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
			return errText
		}
	}
	return nil
}

// flag is a yes or no as the databases keep it.
func flag(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// Searching is the same on every database because the lower case is made here
// and not there: their LOWER disagree on everything that is not ASCII. A
// searched table has a column search_text with its texts in lower case, one a
// line, so that nothing matches across two of them.

// searchText is what a search is matched with.
func searchText(texts ...string) string {
	return strings.ToLower(strings.Join(texts, "\n"))
}

// maxSearch is the longest text that a search can match, in code points: that of
// the longest searched column. A longer search matches nothing.
const maxSearch = 320

// likeEscape makes every character of a pattern stand for itself. '!' is the
// escape because '\' is one already in MySQL's strings.
var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// pattern returns what LIKE … ESCAPE '!' finds the search with, and false for a
// search that nothing can match.
func pattern(search string) (string, bool) {
	if storable(search) != nil || strings.Contains(search, "\n") || utf8.RuneCountInString(search) > maxSearch {
		return "", false
	}
	return "%" + likeEscape.Replace(strings.ToLower(search)) + "%", true
}
