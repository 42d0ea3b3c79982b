package verify

import "strings"

const (
	maxToken   = 8 << 10 // bytes of the compact form
	maxHeader  = 1 << 10 // bytes of the decoded header
	maxMembers = 256     // of a header or payload
)

// header is the JOSE header of a token (RFC 7515 section 4).
type header struct {
	algorithm Algorithm
	keyID     string
	typ       string
	hasTyp    bool
}

// anyHeader says whether the header is read as Config.AnyHeader has it.
type anyHeader bool

// compact is a JWS in compact form (RFC 7515 section 7.1), decoded and not yet
// believed.
type compact struct {
	header    header
	signed    string // what the signature is over: the first two segments
	payload   []byte
	signature []byte
}

// parseCompact takes a token of a bounded size apart. The payload may be empty; the header and
// the signature may not, so an unsigned token dies here.
func parseCompact(raw string, lax anyHeader) (compact, error) {
	dots := 0
	for i := range len(raw) {
		switch {
		case raw[i] == '.':
			dots++
		case !inAlphabet(raw[i]):
			return compact{}, refuse(CodeMalformed, "a character outside base64url")
		}
	}
	if dots != 2 {
		return compact{}, refuse(CodeMalformed, "not three segments")
	}
	first, rest, _ := strings.Cut(raw, ".")
	second, third, _ := strings.Cut(rest, ".")
	if first == "" || third == "" {
		return compact{}, refuse(CodeMalformed, "an empty segment")
	}
	if len(first) > maxHeader/3*4+4 {
		return compact{}, refuse(CodeMalformed, "the header is longer than 1024 bytes")
	}
	head, errHead := decodeBase64(first)
	payload, errPayload := decodeBase64(second)
	signature, errSignature := decodeBase64(third)
	if errHead != nil || errPayload != nil || errSignature != nil {
		return compact{}, refuse(CodeMalformed, "not canonical base64url")
	}
	if len(head) > maxHeader {
		return compact{}, refuse(CodeMalformed, "the header is longer than 1024 bytes")
	}
	h, err := parseHeader(head, lax)
	if err != nil {
		return compact{}, err
	}
	signed := raw[:len(first)+1+len(second)]
	return compact{header: h, signed: signed, payload: payload, signature: signature}, nil
}

// parseHeader reads the three members that are allowed. A member that would
// change how the token is to be read (crit, b64, zip, cty) or where its key
// comes from (jku, jwk, x5u, x5c) must not be skipped, so every other member is
// refused (RFC 8725 section 3.10). A lax reader refuses those that must be
// understood, and is led by none of the others.
func parseHeader(data []byte, lax anyHeader) (header, error) {
	members, err := parseObject(data, maxMembers)
	if err != nil {
		return header{}, refuse(CodeMalformed, "the header is not strict JSON")
	}
	var h header
	for _, m := range members {
		if bool(lax) && h.passes(m) {
			continue
		}
		if err := h.set(m); err != nil {
			return header{}, err
		}
	}
	if !h.algorithm.Offered() {
		return header{}, refuse(CodeMalformed, "the algorithm is not offered")
	}
	return h, nil
}

// passes reports whether a lax reader passes a member over.
func (header) passes(m member) bool {
	switch m.name {
	case "alg", "kid", "crit":
		return false
	case "b64":
		return m.value.kind != kindFalse
	default:
		return true
	}
}

// set stores a member of the header.
func (h *header) set(m member) error {
	text, err := m.value.text()
	if err != nil {
		return refuse(CodeMalformed, "a header member is not a string")
	}
	switch m.name {
	case "alg":
		h.algorithm = Algorithm(text)
	case "kid":
		h.keyID = text
	case "typ":
		h.typ, h.hasTyp = text, true
	default:
		return refuse(CodeMalformed, "a header member that is not allowed")
	}
	return nil
}

// open verifies the signature of c and returns the key that made it.
func (c compact) open(set *KeySet, ignoreKeyID bool) (*heldKey, error) {
	id := c.header.keyID
	if !ignoreKeyID && (len(id) > maxKeyID || hasControl(id)) {
		return nil, refuse(CodeMalformed, "the header names no key")
	}
	k := set.pick(id, c.header.algorithm, ignoreKeyID)
	switch {
	case k == nil && id == "" && !ignoreKeyID:
		return nil, refuse(CodeMalformed, "the header names no key")
	case k == nil:
		return nil, refuse(CodeUnknownKey, "")
	}
	if k.Algorithm != c.header.algorithm {
		return nil, refuse(CodeSignature, "the algorithm is not the key's")
	}
	if !k.verifies(c.signed, c.signature) {
		return nil, refuse(CodeSignature, "")
	}
	return k, nil
}
