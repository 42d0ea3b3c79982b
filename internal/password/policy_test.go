package password

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/secret"
)

const (
	short8     = "This password is too short. It must contain at least 8 characters."
	tooCommon  = "This password is too common."
	allNumeric = "This password is entirely numeric."
	likeName   = "The password is too similar to the username."
	likeEmail  = "The password is too similar to the email address."
)

// The recorded answers of Django (register.pw_*), and the rules around them.
func TestValidate(t *testing.T) {
	t.Parallel()
	bob := Attributes{Username: "bob", Email: "bob@example.com"}
	anna := Attributes{Username: "anna.k", FirstName: "Annegret", LastName: "Kowalczyk-Ünal", Email: "ak@corporation.example"}
	for _, tt := range []struct {
		name, plain string
		about       Attributes
		want        []string
	}{
		{"common (F41)", "sunshine1", bob, []string{tooCommon}},
		{"the whole string is compared (F41)", "sunshine1 sunshine1", bob, nil},
		{"common, other case", "SunShine1", bob, []string{tooCommon}},
		{"common, spaces around", "\t sunshine1\u00a0\x1f", bob, []string{tooCommon}},
		{"numeric", "8471625390", bob, []string{allNumeric}},
		{"short, common, numeric", "12345", bob, []string{short8, tooCommon, allNumeric}},
		{"all four", "12345", Attributes{Username: "12345"}, []string{likeName, short8, tooCommon, allNumeric}},
		{"like the address (F42)", "wilhelmina1", Attributes{Username: "zz", Email: "wilhelmina@example.com"}, []string{likeEmail}},
		{"like the domain", "corporation9", Attributes{Username: "zz", Email: "q@corporation.com"}, []string{likeEmail}},
		{"like the first name", "ANNEGRET99", anna, []string{"The password is too similar to the first name."}},
		{"like part of the last name", "kowalczyk-77", anna, []string{"The password is too similar to the last name."}},
		{"one message of similarity", "wilhelmina", Attributes{Username: "wilhelmina", FirstName: "Wilhelmina"}, []string{likeName}},
		{"not similar enough", "alice-pass-1", Attributes{Username: "alice"}, nil},
		{"128 characters", strings.Repeat("aB3-", 32), bob, nil},
		{"Cyrillic", "пароль-мой-42", bob, nil},
		{"7 code points (F35)", "xK9!vQz", bob, []string{short8}},
		{"8 code points (F35)", "xK9!vQz#", bob, nil},
		{"7 emoji (F35)", strings.Repeat("🔑", 7), bob, []string{short8}},
		{"8 emoji (F35)", strings.Repeat("🔑", 8), bob, nil},
		{"combining marks count (F35)", strings.Repeat("e\u0301", 4), bob, nil},
		{"spaces are characters (F38)", "        ", bob, nil},
		{"no rules of composition (F39)", "correcthorsebattery staple", bob, nil},
		{"NUL is a character (F44)", "nul\x00nul\x00", bob, nil},
		{"64 of one letter (F36)", strings.Repeat("ж", 64), bob, nil},
		{"Arabic digits", "٠١٢٣٤٥٦٧٨", bob, []string{allNumeric}},
		{"superscripts", "¹²³⁴⁵⁶⁷⁸⁹", bob, []string{allNumeric}},
		{"fractions are no digits", "½½½½½½½½½", bob, nil},
		{"empty", "", bob, []string{short8}},
		{"1024 bytes", strings.Repeat("xY", 512), bob, nil},
		{"1025 bytes", strings.Repeat("1", 1025), Attributes{Username: "1"}, []string{"This password is too long. It must contain at most 1024 bytes."}},
	} {
		var got []string
		for _, p := range (Policy{}).Validate(secret.New(tt.plain), tt.about) {
			got = append(got, p.Message)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: Validate(%q) (-want +got):\n%s", tt.name, tt.plain, diff)
		}
	}
}

func TestValidateCodes(t *testing.T) {
	t.Parallel()
	var got []string
	for _, p := range (Policy{}).Validate(secret.New("12345"), Attributes{Username: "12345"}) {
		got = append(got, p.Code)
	}
	want := []string{"password_too_similar", "password_too_short", "password_too_common", "password_entirely_numeric"}
	if !slices.Equal(got, want) {
		t.Errorf("codes = %v, want %v", got, want)
	}
}

func TestMinLength(t *testing.T) {
	t.Parallel()
	want := []Problem{{"password_too_short", "This password is too short. It must contain at least 1 character."}}
	if got := (Policy{MinLength: 1}).Validate(secret.New(""), Attributes{}); !slices.Equal(got, want) {
		t.Errorf("MinLength 1: %v", got)
	}
	policy := Policy{MinLength: 15}
	if got := policy.Validate(secret.New("xK9!vQz#xK9!vQ"), Attributes{}); len(got) != 1 || !strings.Contains(got[0].Message, "15 characters") {
		t.Errorf("14 of 15 code points: %v", got)
	}
	if got := policy.Validate(secret.New("xK9!vQz#xK9!vQz"), Attributes{}); len(got) != 0 {
		t.Errorf("15 of 15 code points: %v", got)
	}
}

func TestMinScore(t *testing.T) {
	t.Parallel()
	var scored string
	var knew []string
	policy := Policy{MinScore: 3, Score: func(plain string, known []string) int {
		scored, knew = plain, known
		return len(plain) / 50
	}}
	about := Attributes{Username: "Bob", Email: "bob@example.com"}
	if got := policy.Validate(secret.New("xK9!vQz#"), about); len(got) != 1 || got[0].Code != "password_too_weak" {
		t.Errorf("a weak password: %v", got)
	}
	if got := policy.Validate(secret.New(strings.Repeat("é", 300)), about); len(got) != 0 {
		t.Errorf("a strong password: %v", got)
	}
	if scored != strings.Repeat("é", 100) {
		t.Errorf("%d bytes were scored, want 100 code points", len(scored))
	}
	if !slices.Equal(knew, []string{"bob", "bob@example.com"}) {
		t.Errorf("known words = %q", knew)
	}
}

func TestQuickRatio(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want float64
	}{
		{"wilhelmina1", "wilhelmina", 0.952381},
		{"alice-pass-1", "alice", 0.588235},
		{"password123", "passw0rd", 0.736842},
		{"abc", "cba", 1},
		{"aab", "abb", 0.666667},
		{"abc", "", 0},
		{"", "", 1},
	} {
		if got := quickRatio([]rune(tt.a), []rune(tt.b)); math.Abs(got-tt.want) > 5e-7 {
			t.Errorf("quickRatio(%q, %q) = %f, want %f", tt.a, tt.b, got, tt.want)
		}
	}
}

// As Python: re.split(r"\W+", s).
func TestSplitWords(t *testing.T) {
	t.Parallel()
	for s, want := range map[string][]string{
		"":                  {""},
		"bob":               {"bob"},
		"bob@example.com":   {"bob", "example", "com"},
		"+bob--x.":          {"", "bob", "x", ""},
		"@":                 {"", ""},
		"a_b c":             {"a_b", "c"},
		"müller½-\u0301ßé٣": {"müller½", "ßé٣"},
	} {
		if got := splitWords(s); !slices.Equal(got, want) {
			t.Errorf("splitWords(%q) = %q, want %q", s, got, want)
		}
	}
}

// The edges of the rule that skips short parts.
func TestTooSimilarSkipsShortParts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		chosen, part string
		want         bool
	}{
		{"", "", true}, // as in Django: nothing is like nothing
		{"a", "", false},
		{"ab", "a", false}, // 0.67
		{"a", "a", true},
		{strings.Repeat("a", 10), "a", false},
		{strings.Repeat("ab", 50), strings.Repeat("ab", 27), true}, // 0.701
		{strings.Repeat("ab", 50), strings.Repeat("ab", 26), false},
	} {
		if got := tooSimilar([]rune(tt.chosen), []rune(tt.part)); got != tt.want {
			t.Errorf("tooSimilar(%q, %q) = %v, want %v", tt.chosen, tt.part, got, tt.want)
		}
	}
}

func TestLower(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"BoB": "bob", "İ": "i\u0307", "ÜẞÆ": "üßæ", "K": "k"} {
		if got := lower(s); got != want {
			t.Errorf("lower(%q) = %q, want %q", s, got, want)
		}
	}
}
