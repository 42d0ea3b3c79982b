package main

import (
	"path/filepath"
	"testing"

	"github.com/countersign/countersign/internal/djangodb"
)

// The generated project has as many users as it should, and all of them can be read.
func TestGenerate(t *testing.T) {
	const users = 1015
	path := filepath.Join(t.TempDir(), "django.sqlite3")
	t.Chdir(filepath.Join("..", "..")) // the command runs there
	if err := generate(path, users); err != nil {
		t.Fatal(err)
	}
	d, err := djangodb.Open(t.Context(), "sqlite:"+path, djangodb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	n, groups := 0, 0
	for page, err := range d.Users(t.Context(), 100) {
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page {
			n++
			groups += len(u.Groups)
			if u.Broken != "" || u.User.Password.IsZero() && u.ID != "14" {
				t.Errorf("user %s: %q", u.ID, u.Broken)
			}
		}
	}
	if n != users || groups != 604 {
		t.Errorf("%d users in %d groups", n, groups)
	}
}

func TestBenchWantsUsers(t *testing.T) {
	t.Parallel()
	if err := bench(recorded); err == nil {
		t.Error("a project of the recorded users alone was generated")
	}
}

func TestChangedSumsUp(t *testing.T) {
	t.Parallel()
	if got := (result{Users: tally{Created: 2}, Tokens: tally{Updated: 3}}).changed(); got != 5 {
		t.Errorf("changed %d", got)
	}
}
