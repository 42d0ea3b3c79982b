package verify

import "github.com/countersign/countersign/internal/strictjson"

// scanner walks over JSON text. Its depth is bounded, so recursion is safe.
type scanner struct {
	strictjson.Reader
	membersLeft int
}

func (s *scanner) value(depth int) (value, error) {
	start := s.Pos()
	var k kind
	var err error
	switch c := s.Peek(); c {
	case '{':
		k = kindObject
		_, err = s.object(depth + 1)
	case '[':
		k = kindArray
		_, err = s.array(depth + 1)
	case '"':
		k = kindString
		_, err = s.Text()
	case 't':
		k, err = kindTrue, s.Word("true")
	case 'f':
		k, err = kindFalse, s.Word("false")
	case 'n':
		k, err = kindNull, s.Word("null")
	default:
		k, err = kindNumber, s.Number()
	}
	if err != nil {
		return value{}, err
	}
	return value{kind: k, raw: s.Since(start)}, nil
}

func (s *scanner) object(depth int) (object, error) {
	if depth > maxDepth || !s.Take('{') {
		return nil, errJSON
	}
	var members object
	s.Space()
	if s.Take('}') {
		return members, nil
	}
	for {
		s.Space()
		name, err := s.Text()
		if err != nil {
			return nil, err
		}
		// Names are compared after unescaping: "\u0073ub" is "sub".
		if _, twice := members.get(name); twice || s.membersLeft == 0 {
			return nil, errJSON
		}
		s.membersLeft--
		s.Space()
		if !s.Take(':') {
			return nil, errJSON
		}
		s.Space()
		v, err := s.value(depth)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name: name, value: v})
		s.Space()
		if s.Take('}') {
			return members, nil
		}
		if !s.Take(',') {
			return nil, errJSON
		}
	}
}

func (s *scanner) array(depth int) ([]value, error) {
	if depth > maxDepth || !s.Take('[') {
		return nil, errJSON
	}
	var items []value
	s.Space()
	if s.Take(']') {
		return items, nil
	}
	for {
		s.Space()
		v, err := s.value(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
		s.Space()
		if s.Take(']') {
			return items, nil
		}
		if !s.Take(',') {
			return nil, errJSON
		}
	}
}
