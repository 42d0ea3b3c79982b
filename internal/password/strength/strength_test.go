package strength_test

import (
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/password/strength"
	"github.com/countersign/countersign/internal/secret"
)

func TestScore(t *testing.T) {
	t.Parallel()
	tests := []struct {
		plain       string
		known       []string
		least, most int
	}{
		{"password1", nil, 0, 0},
		{"qwertyuiop", nil, 0, 1},
		{"blumenthal-wendelin", []string{"blumenthal", "wendelin"}, 0, 1},
		{"vK9$xq2!Lm7#pR4w", nil, 4, 4},
		{"", nil, 0, 0},
		{"日本語のパスワード", nil, 0, 4},
		{"\xff\xfe", nil, 0, 4},
	}
	for _, tt := range tests {
		if got := strength.Score(tt.plain, tt.known); got < tt.least || got > tt.most {
			t.Errorf("Score(%q, %v) = %d, want %d to %d", tt.plain, tt.known, got, tt.least, tt.most)
		}
	}
}

func TestScoreIsAPolicysScore(t *testing.T) {
	t.Parallel()
	policy := password.Policy{MinScore: 3, Score: strength.Score}
	got := policy.Validate(secret.New("Blumenthal1987"), password.Attributes{LastName: "Blumenthal-Wagner"})
	if !strings.Contains(codes(got), "password_too_weak") {
		t.Errorf("problems = %v, want password_too_weak", got)
	}
	if got := policy.Validate(secret.New("vK9$xq2!Lm7#pR4w"), password.Attributes{}); len(got) != 0 {
		t.Errorf("problems = %v, want none", got)
	}
}

func codes(problems []password.Problem) string {
	var all []string
	for _, p := range problems {
		all = append(all, p.Code)
	}
	return strings.Join(all, " ")
}
