package simplejwt

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The messages about a field, word for word the original's.
const (
	msgRequired = "This field is required."
	msgNull     = "This field may not be null."
	msgBlank    = "This field may not be blank."
	msgString   = "Not a valid string."
	msgEmail    = "Enter a valid email address."
	msgNUL      = "Null characters are not allowed."
)

// field is the rule for one string of a body.
type field struct {
	name string

	// optional lets it be absent or blank; it is "" then.
	optional bool

	// verbatim keeps white space at the ends: a password is used exactly as
	// typed. Only white space is blank all the same.
	verbatim bool

	// limit is the most code points; 0 is no limit.
	limit int

	// wrongType is what is said of anything that is no text; "" is msgString.
	wrongType string

	// before and after return further problems of the text, for the answer to
	// name before or after the ones that every field can have. Nil looks for none.
	before, after func(text string) []string
}

// problem is a field with what is wrong with it.
type problem struct {
	name     string
	messages []string
}

// read returns the text of a field and what is wrong with it.
func (f field) read(v value) (text string, messages []string) {
	switch v.kind {
	case kindMissing:
		if f.optional {
			return "", nil
		}
		return "", []string{msgRequired}
	case kindNull:
		return "", []string{msgNull}
	case kindString, kindInt, kindFloat:
		return f.readText(v)
	}
	if f.wrongType != "" {
		return "", []string{f.wrongType}
	}
	return "", []string{msgString}
}

func (f field) readText(v value) (text string, messages []string) {
	text = strip(v.text)
	if text == "" {
		if f.optional {
			return "", nil
		}
		return "", []string{msgBlank}
	}
	if f.verbatim {
		text = v.text
	}
	if f.before != nil {
		messages = f.before(text)
	}
	messages = addNew(messages, f.common(text, v.surrogate)...)
	if f.after != nil {
		messages = addNew(messages, f.after(text)...)
	}
	return text, messages
}

// common returns the problems that every field can have.
func (f field) common(text string, surrogate rune) (messages []string) {
	if f.limit > 0 && utf8.RuneCountInString(text) > f.limit {
		messages = append(messages, fmt.Sprintf("Ensure this field has no more than %d characters.", f.limit))
	}
	if strings.ContainsRune(text, 0) {
		messages = append(messages, msgNUL)
	}
	if surrogate != 0 {
		messages = append(messages, fmt.Sprintf("Surrogate characters are not allowed: U+%X.", surrogate))
	}
	return messages
}

// addNew appends the messages that are not there yet.
func addNew(messages []string, more ...string) []string {
	for _, message := range more {
		if !slices.Contains(messages, message) {
			messages = append(messages, message)
		}
	}
	return messages
}

// readFields returns the texts of the fields by name, or a refusal with every
// problem at once, in the order of the fields. What the client sent beside them
// is not looked at (H06).
func readFields(in input, fields []field) (map[string]string, error) {
	texts, problems, err := readEach(in, fields)
	if err == nil && problems != nil {
		err = fieldRefusal(problems)
	}
	if err != nil {
		return nil, err
	}
	return texts, nil
}

// readEach returns the texts of the fields by name and what is wrong with them, in
// the order of the fields. The error is the refusal of a body without fields.
func readEach(in input, fields []field) (texts map[string]string, problems []problem, err error) {
	switch {
	case in.fields != nil:
	case in.whole.kind == kindNull:
		return nil, nil, fieldRefusal([]problem{{nonField, []string{"No data provided"}}})
	default:
		return nil, nil, fieldRefusal([]problem{{nonField, []string{
			"Invalid data. Expected a dictionary, but got " + pythonNames[in.whole.kind] + "."}}})
	}
	texts = make(map[string]string, len(fields))
	for _, f := range fields {
		text, messages := f.read(in.get(f.name))
		if len(messages) > 0 {
			problems = append(problems, problem{f.name, messages})
		}
		texts[f.name] = text
	}
	return texts, problems, nil
}
