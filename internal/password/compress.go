package password

import (
	_ "unsafe" // for go:linkname

	_ "golang.org/x/crypto/argon2" // the functions below
)

// compress is argon2's G (RFC 9106, section 3.5): out = G(x, y). It is the
// assembly of golang.org/x/crypto/argon2, which that package does not export;
// plain Go is half as slow again. Should a new version rename it, the build
// fails, and TestArgon2IsTheLibrarys guards its meaning.
//
//go:linkname compress golang.org/x/crypto/argon2.processBlock
//go:noescape
func compress(out, x, y *block)

// compressXOR is out = out XOR G(x, y), for the passes after the first.
//
//go:linkname compressXOR golang.org/x/crypto/argon2.processBlockXOR
//go:noescape
func compressXOR(out, x, y *block)
