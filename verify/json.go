package verify

import (
	"errors"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/strictjson"
)

// Two readers must not see two different things in one signed text, so tokens and
// key sets are read strictly (package strictjson), and what was read once is kept
// as text that is known to be good.

var errJSON = errors.New("not strict JSON")

const maxDepth = 32 // of arrays and objects, the outermost counted

// kind is the type of a JSON value.
type kind byte

const (
	kindObject kind = '{'
	kindArray  kind = '['
	kindString kind = '"'
	kindNumber kind = '0'
	kindTrue   kind = 't'
	kindFalse  kind = 'f'
	kindNull   kind = 'n'
)

// value is a JSON value that has been checked completely: raw is its text, with
// no space around it.
type value struct {
	kind kind
	raw  []byte
}

// member is a name, unescaped, and its value.
type member struct {
	name  string
	value value
}

// object is the members of a JSON object in their order; names are unique.
type object []member

// get returns the member with exactly this name.
func (o object) get(name string) (value, bool) {
	for _, m := range o {
		if m.name == name {
			return m.value, true
		}
	}
	return value{}, false
}

// parseObject reads data, which must be one JSON object and nothing else. At
// most maxMembers members are read, those of inner objects included.
func parseObject(data []byte, maxMembers int) (object, error) {
	if !utf8.Valid(data) {
		return nil, errJSON
	}
	s := scanner{Reader: strictjson.NewReader(data), membersLeft: maxMembers}
	s.Space()
	if s.Peek() != '{' {
		return nil, errJSON
	}
	members, err := s.object(1)
	s.Space()
	if err != nil || !s.Done() {
		return nil, errJSON
	}
	return members, nil
}

// elements returns the values of an array that the scanner has already passed.
func (v value) elements() ([]value, error) {
	if v.kind != kindArray {
		return nil, errJSON
	}
	s := scanner{Reader: strictjson.NewReader(v.raw), membersLeft: len(v.raw)}
	return s.array(1)
}

// members returns the members of an object that the scanner has already passed.
func (v value) members() (object, error) {
	if v.kind != kindObject {
		return nil, errJSON
	}
	s := scanner{Reader: strictjson.NewReader(v.raw), membersLeft: len(v.raw)}
	return s.object(1)
}

// text returns the value of a string, unescaped.
func (v value) text() (string, error) {
	if v.kind != kindString {
		return "", errJSON
	}
	s := strictjson.NewReader(v.raw)
	return s.Text()
}

// texts returns an array whose elements are all strings.
func (v value) texts() ([]string, error) {
	items, err := v.elements()
	if err != nil {
		return nil, err
	}
	list := make([]string, len(items))
	for i, item := range items {
		if list[i], err = item.text(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
