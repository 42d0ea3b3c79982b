package simplejwt_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// ours are the claims that our tokens have besides the original's.
var ours = []string{"rv", "sid"}

// tokenDiffers compares a token with the recorded one of its type: the header, the
// names and types of the claims, and how long it lives.
func (c comparison) tokenDiffers(at, kind, token string) (all []string) {
	recorded, ok := c.want.Tokens[kind]
	if !ok {
		return []string{fmt.Sprintf("no token of type %q was recorded", kind)}
	}
	header, claims := decoded(token, 0), decoded(token, 1)
	if header == nil || claims == nil {
		return []string{fmt.Sprintf("%s is no token: %.40q", at, token)}
	}
	if !maps.Equal(header, recorded.Header) {
		all = append(all, fmt.Sprintf("%s has the header %v, want %v", at, header, recorded.Header))
	}
	if name, _ := claims["token_type"].(string); kind != "untyped" && name != kind {
		all = append(all, fmt.Sprintf("%s has the type %q, want %q", at, name, kind))
	}
	all = append(all, c.claimsDiffer(at, recorded.Claims, claims)...)
	iat, _ := claims["iat"].(float64)
	exp, _ := claims["exp"].(float64)
	if age := float64(c.now.Unix()) - iat; math.Abs(age) > 20 {
		all = append(all, fmt.Sprintf("%s was issued %v seconds ago", at, age))
	}
	// The original reads the clock twice, so one second is nobody's fault.
	if want := c.setting.lifetime(c.of.Variant, kind); want > 0 && math.Abs(exp-iat-want) > 1 {
		all = append(all, fmt.Sprintf("%s lives %v seconds, want %v", at, exp-iat, want))
	}
	return all
}

// claimsDiffer compares names and types. The newest release writes the user's id as
// text, whatever was recorded of the older one; but what it copies from a token that
// was made elsewhere keeps its type.
func (c comparison) claimsDiffer(at string, want, got map[string]any) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		wanted := want[name]
		if name == "user_id" && !c.foreign() {
			wanted = fmt.Sprint(wanted)
		}
		if given, ok := got[name]; !ok {
			all = append(all, fmt.Sprintf("%s has no claim %s", at, name))
		} else if fmt.Sprintf("%T", wanted) != fmt.Sprintf("%T", given) {
			all = append(all, fmt.Sprintf("%s has the claim %s: %v, want %v", at, name, given, wanted))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok && !slices.Contains(ours, name) {
			all = append(all, fmt.Sprintf("%s has the claim %s, which is not the original's", at, name))
		}
	}
	for _, name := range ours {
		if _, ok := got[name]; !ok && !c.foreign() {
			all = append(all, fmt.Sprintf("%s has no claim %s", at, name))
		}
	}
	return all
}

// foreign reports whether the answer was made for a token of another issuer, which
// belongs to no session here.
func (c comparison) foreign() bool {
	return slices.ContainsFunc(c.of.Setup, func(op operation) bool { return op.Op == "craft" })
}

// decoded returns a segment of a token, nil when it is none.
func decoded(token string, segment int) (members map[string]any) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[segment])
	if err != nil || json.Unmarshal(raw, &members) != nil {
		return nil
	}
	return members
}
