package role

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/ident"
)

// ErrNameAlike is returned for a name that a person takes for that of another role.
var ErrNameAlike = fault.New(fault.Conflict, "role_name_alike", "A role with a name that looks the same already exists.")

// drawnAs are letters and signs that most fonts draw like a Latin one, after the
// list of confusable characters of Unicode (UTS 39), of which they are those that
// a keyboard has. Digits that are drawn like letters are among them.
var drawnAs = strings.NewReplacer(
	// Cyrillic
	"А", "A", "В", "B", "Е", "E", "Ѕ", "S", "І", "I", "Ј", "J", "К", "K", "М", "M", "Н", "H", "О", "O", "Р", "P", "С", "C", "Т", "T", "У", "Y", "Х", "X", "Ԛ", "Q", "Ԝ", "W",
	"а", "a", "е", "e", "ѕ", "s", "і", "i", "ј", "j", "к", "k", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "һ", "h", "ԁ", "d", "ԛ", "q", "ԝ", "w", "Ү", "Y", "ү", "y",
	// Greek
	"Α", "A", "Β", "B", "Ε", "E", "Ζ", "Z", "Η", "H", "Ι", "I", "Κ", "K", "Μ", "M", "Ν", "N", "Ο", "O", "Ρ", "P", "Τ", "T", "Υ", "Y", "Χ", "X",
	"α", "a", "ι", "i", "κ", "k", "ν", "v", "ο", "o", "ρ", "p", "υ", "u", "χ", "x",
	// Armenian, and Latin letters with another name
	"օ", "o", "ո", "n", "ս", "u", "հ", "h", "ı", "i", "ɑ", "a", "ɡ", "g", "ɩ", "i", "ʟ", "L",
	// signs
	"0", "O", "1", "l", "|", "l", "‐", "-", "‑", "-", "‒", "-", "–", "-", "—", "-", "−", "-", "’", "'", "‘", "'", "ʼ", "'", "`", "'", "´", "'",
)

// skeleton returns what names that look the same have in common: compatible
// characters, then what is drawn alike, then the cases, as one, and white space of
// any length as one space.
func skeleton(name string) string {
	drawn := drawnAs.Replace(norm.NFKC.String(name))
	folded := strings.Map(oneCase, norm.NFKC.String(cases.Fold().String(drawn)))
	return strings.Join(strings.Fields(drawnAs.Replace(folded)), " ")
}

// oneCase returns the first of the letters that differ by case alone: case folding
// leaves some scripts with two.
func oneCase(r rune) rune {
	first := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		first = min(first, next)
	}
	return unicode.ToLower(first)
}

// unlike returns ErrNameAlike when another role's name looks like this one. The
// caller's transaction holds the access version, so that two names that look the
// same are not made at once. The same name is left to the unique key.
func unlike(ctx context.Context, tx Store, id ident.RoleID, name string) error {
	all, err := tx.RoleNames(ctx)
	if err != nil {
		return err
	}
	looks := skeleton(name)
	for _, other := range all {
		if other.ID != id && other.Name != name && skeleton(other.Name) == looks {
			return ErrNameAlike.WithField("name", fmt.Sprintf("It looks like the name of the role %q.", other.Name))
		}
	}
	return nil
}
