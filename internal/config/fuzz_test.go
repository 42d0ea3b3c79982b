package config

import (
	"strings"
	"testing"
)

// Whatever the file says, Load answers with a Config or with problems of one line
// each, and shows nothing of a line that it could not read.
func FuzzLoadFile(f *testing.F) {
	for _, seed := range []string{"", "listen = \":1\"", "x", "[a]\nb=1", "[[listen]]\n", "listen = {a=1}", "cors_origins=[[]]", "\"a.b\"=1", "ids=1979-05-27",
		"preset=\"simplejwt\"", "secret_file=\"x\"", "hash_queue=nan", "audience=[\"\"]", "listen=\"\x00\"", "\xff", "a.b.c=1\na.b=2", "database_url=[]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		write(t, dir, "countersign.toml", text)
		c, err := Load(Source{WorkDir: dir})
		if (c == nil) == (err == nil) {
			t.Fatalf("Load = %v, %v", c, err)
		}
		if err == nil {
			return
		}
		for _, line := range problems(t, err) {
			if line == "" || strings.ContainsAny(line, "\n\r\x00") {
				t.Errorf("the problem %q is not one line", line)
			}
		}
	})
}
