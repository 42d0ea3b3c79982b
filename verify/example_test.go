package verify_test

import (
	"errors"
	"fmt"

	"github.com/countersign/countersign/verify"
)

// A service keeps the published keys of its issuer and checks every token
// against them.
func Example() {
	keys, err := verify.ParseJWKS([]byte(`{"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"2027-01",
		"x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY","y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	revocations := verify.NewRevocations()
	verifier, err := verify.New(verify.Config{
		Keys:        func() *verify.KeySet { return keys },
		Issuer:      "https://id.example.com",
		Audience:    []string{"https://api.example.com"},
		Revocations: revocations,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	claims, err := verifier.Verify("eyJhbGciOiJub25lIn0.e30.")
	switch {
	case err == nil:
		fmt.Println("welcome", claims.Subject)
	case errors.Is(err, verify.ErrStaleClaims):
		fmt.Println("refresh once and repeat the request")
	default:
		fmt.Println(err)
	}
	// Output: verify: malformed: an empty segment
}

// The order in which cut-offs arrive does not matter.
func ExampleRevocations() {
	revocations := verify.NewRevocations()
	err := revocations.Apply(revocations.AsOf(),
		verify.Cutoff{Seq: 41, Kind: verify.CutoffSession, ID: "0197f2a0"},
		verify.Cutoff{Seq: 42, Kind: verify.CutoffUser, ID: "42", Min: 8, Reason: verify.ReasonRolesChanged},
	)
	fmt.Println(revocations.Len(), err)
	// Output: 2 <nil>
}
