package webui

import "strings"

// field is one input of a form, as the template "field" shows it.
type field struct {
	Name, Label, Type, Value string
	Autocomplete, Hint       string
	Required, Optional       bool
	Focus                    bool
	MaxLength                int // characters; 0 for any number
	Problems                 []string

	// Offers are what the browser offers to complete to; anything else can be typed.
	Offers []string
}

// ID is the id of the input.
func (f field) ID() string { return f.Name }

// Described is the id of what is said of the input, "" for nothing.
func (f field) Described() string {
	switch {
	case len(f.Problems) > 0:
		return f.Name + "-problem"
	case f.Hint != "":
		return f.Name + "-hint"
	}
	return ""
}

// Problem is what is wrong with it, in one paragraph.
func (f field) Problem() string { return strings.Join(f.Problems, " ") }

// choice is one of a few, as the template "choice" shows it.
type choice struct {
	Name, Label string
	Options     []option
	Problems    []string
}

// option is one value of a choice.
type option struct {
	Value, Label string
	Chosen       bool
}

// chosen returns the choice with the option of that value chosen.
func (c choice) chosen(value string) choice {
	for i := range c.Options {
		c.Options[i].Chosen = c.Options[i].Value == value
	}
	return c
}

// password returns an empty field for a password: what was typed never comes back.
func password(name, label, autocomplete string) field {
	return field{Name: name, Label: label, Type: "password", Autocomplete: autocomplete, Required: true}
}

// marked returns the fields with the problems of a refusal, and the focus on the
// first that has one, else on the field of that name.
func marked(fields []field, r refusal, focus string) []field {
	first := focus
	for i := range fields {
		fields[i].Problems = r.of(fields[i].Name)
	}
	for _, f := range fields {
		if len(f.Problems) > 0 {
			first = f.Name
			break
		}
	}
	for i := range fields {
		fields[i].Focus = fields[i].Name == first
	}
	return fields
}

// textSame is said of a password that was typed twice, and not the same.
const textSame = "The two passwords are not the same."
