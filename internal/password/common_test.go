package password

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func TestCommonPasswords(t *testing.T) {
	t.Parallel()
	list := commonPasswords()
	if len(list.words) != 19727 {
		t.Errorf("%d words, want 19727", len(list.words))
	}
	sum := sha256.Sum256([]byte(list.text))
	if got := hex.EncodeToString(sum[:]); got != "bc1047c49db981097765cd0754e0d9295e786de5f72251e0cf3a50e1f6b0e303" {
		t.Errorf("the list is not Django 3.2's: sha256 %s", got)
	}
	for word, want := range map[string]bool{
		"password": true, "sunshine1": true, "welcome": true, "123456": true,
		"": false, "\n": false, "password\nwelcome": false, "Password": false, "zzzzzzzzzzzzzzzzzzzzzzzzzz": false,
	} {
		if got := list.contains(word); got != want {
			t.Errorf("contains(%q) = %v, want %v", word, got, want)
		}
	}
	for _, s := range list.words {
		if word := list.word(s); !list.contains(word) {
			t.Errorf("the list does not find its own %q", word)
		}
	}
}

func TestReadWordListRefusesOtherBytes(t *testing.T) {
	t.Parallel()
	for name, packed := range map[string][]byte{"nothing": nil, "plain text": []byte("password\n"), "half": commonPasswordsGzip[:40_000]} {
		if _, err := readWordList(packed); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
