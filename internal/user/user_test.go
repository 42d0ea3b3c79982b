package user_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/user"
)

// Case L21: names that differ by case or normalisation have one key; what is no
// name is refused.
func TestNaming(t *testing.T) {
	ours, preset := user.Naming{}, user.Naming{CaseSensitive: true}
	for _, look := range []string{"admin", "Admin", "ADMIN", "ａｄｍｉｎ", "ＡＤＭＩＮ", " admin "} {
		if key := ours.Key(ours.Normalise(look)); key != "admin" {
			t.Errorf("key of %q = %q, want admin", look, key)
		}
	}
	if ours.Normalise("Zoë") != "Zoë" {
		t.Error("the case that was typed is kept")
	}
	if preset.Key(preset.Normalise("Ａlice")) != "Alice" || preset.LookupKey("Alice") != "" {
		t.Error("under the preset the exact name counts")
	}
	for _, same := range [][2]string{{"Straße", "STRASSE"}, {"Ꮬ", "ꮬ"}, {"ΣΑΣ", "σας"}, {"\u212a", "k"}, {"ǅ", "ǆ"}} {
		if ours.Key(ours.Normalise(same[0])) != ours.Key(ours.Normalise(same[1])) {
			t.Errorf("%q and %q differ by case and have two keys", same[0], same[1])
		}
	}
}

// Case L22: normalising twice is normalising once.
func FuzzNaming(f *testing.F) {
	for _, s := range []string{"alice", "ﬀ", "ẞ", "e\u0301", "\u1e9b\u0323", "\xff"} {
		f.Add(s)
	}
	var n user.Naming
	f.Fuzz(func(t *testing.T, s string) {
		once := n.Normalise(s)
		if len(user.CheckUsername(once)) > 0 {
			return
		}
		if n.Normalise(once) != once {
			t.Errorf("Normalise(%q) is not stable", s)
		}
		if key := n.Key(once); n.Key(key) != key {
			t.Errorf("Key(%q) = %q, whose key is %q", once, key, n.Key(key))
		}
	})
}

func TestCheckUsername(t *testing.T) {
	for _, good := range []string{"bob", "Zoë.日本-1_@+", strings.Repeat("u", 150), "①", user.Naming{}.Normalise("คำ"), user.Naming{}.Normalise("ຄຳ")} {
		if p := user.CheckUsername(good); p != nil {
			t.Errorf("%q: %v", good, p)
		}
	}
	for bad, want := range map[string]int{
		"": 1, "bob smith": 1, "bob!": 1, "a\x00b": 2, strings.Repeat("u", 151): 1, "a\u200bb": 1, "\xff": 1, "a\u202eb": 1,
		strings.Repeat("!", 151): 2, strings.Repeat("!", 150) + "\x00": 3, "e\u0301": 1,
	} {
		if p := user.CheckUsername(bad); len(p) != want {
			t.Errorf("%q: %v, want %d problems", bad, p, want)
		}
	}
}

// Case K14: a bomb of combining marks is not normalised before its length is
// looked at.
func TestLongNamesAreNotNormalised(t *testing.T) {
	bomb := "a" + strings.Repeat("\u0301", 100_000)
	if got := (user.Naming{}).Normalise(bomb); got != bomb {
		t.Error("the bomb was normalised")
	}
	if user.CheckUsername(bomb) == nil {
		t.Error("the bomb was accepted")
	}
}

// Cases L18 and the recorded addresses of the original.
func TestCheckEmail(t *testing.T) {
	for _, good := range []string{"", "bob@example.com", "a@exämple.com", "a@localhost", "a@[127.0.0.1]", "a@[::1]", "a+b@x.co", "a@xn--80ak6aa92e.xn--p1ai", `"a"@example.com`} {
		if p := user.CheckEmail(good); p != nil {
			t.Errorf("%q: %v", good, p)
		}
	}
	for _, bad := range []string{"a", "@example.com", "a@", "a@b", `"a b"@example.com`, "a@example.123", "a@-b.com", "a@b-.com", "a@b.c", "a@b..com", "a b@example.com", "a@[300.0.0.1]", "a@[127.0.0.1", "a\x00@example.com", strings.Repeat("a", 250) + "@x.com"} {
		if p := user.CheckEmail(bad); p == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// Every problem of an address is told, and a name of a host is one in small letters,
// which NormaliseEmail makes them.
func TestCheckEmailTellsAll(t *testing.T) {
	for bad, want := range map[string]int{
		"a@LOCALHOST": 1, strings.Repeat("a", 250) + "@x.com": 1, strings.Repeat("é", 250) + "@x.com": 2, strings.Repeat("a", 315) + "@x.com": 2,
		"\x00": 2, strings.Repeat("\x00", 255): 3,
	} {
		if p := user.CheckEmail(bad); len(p) != want {
			t.Errorf("%q: %v, want %d problems", bad, p, want)
		}
	}
}

// Under the preset a login is what was typed; by default it is what is kept.
func TestLookup(t *testing.T) {
	preset := user.Naming{CaseSensitive: true}
	for login, want := range map[string][2]string{
		" alice ": {"alice", "alice"}, "ａｌｉｃｅ": {"alice", "ａｌｉｃｅ"}, "zoe\u0308": {"zoë", "zoe\u0308"},
	} {
		if got := [2]string{user.Naming{}.Lookup(login), preset.Lookup(login)}; got != want {
			t.Errorf("%q: %q, want %q", login, got, want)
		}
	}
}

func TestNormaliseEmail(t *testing.T) {
	if got := user.NormaliseEmail(" Bob@EXAMPLE.Com "); got != "Bob@example.com" {
		t.Errorf("NormaliseEmail = %q", got)
	}
	if user.EmailKey("Bob@Example.com") != user.EmailKey("bob@EXAMPLE.COM") {
		t.Error("addresses are looked up without regard to case")
	}
}

func TestCheckNamesEveryField(t *testing.T) {
	err := user.Check(user.User{Username: "a b", Email: "x", FirstName: "\x00", LastName: strings.Repeat("l", 151)})
	f := fault.Of(err)
	if !errors.Is(err, user.ErrInvalid) || len(f.Fields) != 4 {
		t.Errorf("Check = %v with %v", err, f)
	}
	if err := user.Check(user.User{Username: "bob"}); err != nil {
		t.Errorf("a good user: %v", err)
	}
}
