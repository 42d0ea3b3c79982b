package ident_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/ident"
)

func TestNewSortsByAge(t *testing.T) {
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = ident.New()
	}
	if !slices.IsSorted(ids) {
		t.Error("identifiers made one after the other do not sort")
	}
	if len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("an identifier was made twice")
	}
	if !ident.Valid(ids[0]) {
		t.Errorf("%q is not valid", ids[0])
	}
}

func TestValid(t *testing.T) {
	for text, want := range map[string]bool{
		"42": true, "a-B_9": true, strings.Repeat("x", 40): true,
		"": false, strings.Repeat("x", 41): false, "a b": false, "ä": false, "a/b": false, "a\x00": false, "'": false,
	} {
		if ident.Valid(text) != want {
			t.Errorf("Valid(%q) = %v, want %v", text, !want, want)
		}
	}
}
