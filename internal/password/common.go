package password

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
)

//go:embed common-passwords.txt.gz
var commonPasswordsGzip []byte

// commonPasswords unpacks the list at its first use, so that a start pays nothing
// for it.
var commonPasswords = sync.OnceValue(func() *wordList {
	list, err := readWordList(commonPasswordsGzip)
	if err != nil {
		panic("the embedded list of common passwords: " + err.Error()) // built wrong
	}
	return list
})

// wordList is a set of words in one string, found by binary search: a quarter of
// the memory of a map of strings.
type wordList struct {
	text  string
	words []span // ordered by the word
}

// span is where a word stands in the text.
type span struct{ begin, end uint32 }

// readWordList reads lines, one word each, that were packed with gzip.
func readWordList(packed []byte) (*wordList, error) {
	unpack, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(unpack)
	if err != nil {
		return nil, err
	}
	list := &wordList{text: string(raw), words: make([]span, 0, bytes.Count(raw, []byte("\n"))+1)}
	begin := 0
	for line := range strings.Lines(list.text) {
		if word := strings.TrimRight(line, "\r\n"); word != "" {
			list.words = append(list.words, span{uint32(begin), uint32(begin + len(word))})
		}
		begin += len(line)
	}
	slices.SortFunc(list.words, func(a, b span) int { return strings.Compare(list.word(a), list.word(b)) })
	return list, nil
}

func (l *wordList) word(s span) string { return l.text[s.begin:s.end] }

// contains reports whether a word is in the list.
func (l *wordList) contains(word string) bool {
	_, found := slices.BinarySearchFunc(l.words, word, func(s span, w string) int { return strings.Compare(l.word(s), w) })
	return found
}
