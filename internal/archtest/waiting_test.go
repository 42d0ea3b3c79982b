package archtest

import (
	"go/token"
	"slices"
)

var noSleep = rule{
	name: "no sleeping in tests",
	check: func(p folder) []finding {
		var all []finding
		for _, s := range p.files {
			if !s.test() {
				continue
			}
			for _, at := range calls(s, "synctest.Test", "time.Sleep") {
				all = append(all, finding{file: s, at: at, text: "a test that sleeps is slow and fails by chance: wait for what it waits for, or use synctest"})
			}
		}
		return all
	},
	bad: []example{{path: "internal/thing/thing_test.go", text: "func TestX(t *testing.T) { time.Sleep(1) }"}},
	good: []example{
		{path: "internal/thing/thing_test.go", text: "func TestX(t *testing.T) { synctest.Test(t, func(t *testing.T) { time.Sleep(1) }) }"},
		{text: "func backOff() { time.Sleep(1) }"},
	},
}

// skipping are the files that may skip a test: for a database that is not there,
// which COUNTERSIGN_TEST_REQUIRE turns into a failure, and for a system that has
// no such thing. Where COUNTERSIGN_TEST_REQUIRE is set, tools/gotest.sh takes any
// skipped test for a failure.
var skipping = []string{
	"internal/store/storetest/storetest.go",
	"internal/config/instance_test.go", // Windows has no file modes
	"internal/config/secret_test.go",
	"internal/store/sqlite_full_linux_test.go", // a small file system can only be mounted by root
}

var noSkip = rule{
	name: "no skipped tests",
	check: func(p folder) []finding {
		var all []finding
		for _, s := range p.files {
			if !s.test() || slices.Contains(skipping, s.path) {
				continue
			}
			for _, at := range skips(s) {
				all = append(all, finding{file: s, at: at, text: "a case that does not apply returns; the files that may skip are listed"})
			}
		}
		return all
	},
	bad: []example{
		{path: "internal/thing/thing_test.go", text: "func TestX(t *testing.T) { t.Skip() }"},
		{path: "internal/thing/thing_test.go", text: "func BenchmarkX(b *testing.B) { b.SkipNow() }"},
	},
	good: []example{
		{path: "internal/thing/thing_test.go", text: "func TestX(t *testing.T) { dec.Skip() }"},
		{path: "internal/store/storetest/storetest.go", text: "package storetest\nfunc URL(t testing.TB) { t.Skipf(``) }"},
	},
}

// skips returns where a test is skipped: a call of Skip on what is by custom
// called t, b, f or tb.
func skips(s source) []token.Pos {
	var names []string
	for _, who := range []string{"t", "b", "f", "tb"} {
		for _, how := range []string{"Skip", "Skipf", "SkipNow"} {
			names = append(names, who+"."+how)
		}
	}
	return calls(s, "", names...)
}
