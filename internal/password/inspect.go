package password

// Inspection is what a stored password string says about itself.
type Inspection struct {
	// Scheme is the name of its format: "argon2id", or Django's name of the
	// algorithm ("pbkdf2_sha256", "md5"). Empty for an unusable password.
	Scheme string

	// Weak says that the format gives less than its password could: bcrypt, which
	// looks at 72 bytes at most, and MD5 and SHA-1, which are guessed by the
	// thousand million in a second.
	Weak bool

	// Usable is false for the mark of an account without a password ("" or "!…").
	Usable bool
}

// Inspect reads a stored password string that comes from elsewhere, without any
// hashing. Who stores a string that it takes can be sure that it fits in the
// column and that Hasher.Check knows it; Check refuses what Inspect refuses, save
// that it does not compute what needs more than half of a memory limit.
//
// The error says in words whether the format is unknown, the string is malformed,
// or the costs are out of range and which range that is. It never holds a part of
// the hash or of its salt.
func Inspect(encoded string) (Inspection, error) {
	if err := storable(encoded); err != nil {
		return Inspection{}, err
	}
	if !Usable(encoded) {
		return Inspection{}, nil
	}
	if _, err := parse(encoded); err != nil {
		return Inspection{}, err
	}
	s := find(encoded)
	return Inspection{Scheme: s.name, Weak: s.weak, Usable: true}, nil
}
