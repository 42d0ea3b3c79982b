package archtest

import (
	"slices"
	"strings"
	"testing"
)

// tier is a floor of the architecture. The one rule behind the floors: a feature
// knows neither how it is asked nor how it is kept.
type tier int

const (
	vocabulary  tier = iota + 1 // words that everybody uses: no I/O
	shared                      // features that every feature may use
	feature                     // rules and types of one thing: no HTTP, no SQL
	flow                        // use cases over several features
	storage                     // the SQL implementation of every Store
	edge                        // what the HTTP adapters share
	adapter                     // one way to ask: knows no other, and not how things are kept
	settings                    // the configuration
	composition                 // knows all concrete types
	command                     // the command line
	program                     // main
	support                     // for tests and measurements, linked into no program
)

// below says which floors a package may import.
var below = map[tier][]tier{
	vocabulary:  {},
	shared:      {vocabulary},
	feature:     {vocabulary, shared},
	flow:        {vocabulary, shared, feature},
	storage:     {vocabulary, shared, feature, flow},
	edge:        {vocabulary, shared},
	adapter:     {vocabulary, shared, feature, flow, edge},
	settings:    {vocabulary},
	composition: {vocabulary, shared, feature, flow, storage, edge, adapter, settings},
	command:     {vocabulary, shared, feature, flow, settings, composition},
	program:     {command},
	support:     {vocabulary, shared, feature, flow, storage, edge, adapter, settings, composition, command, support},
}

// line is a package's place: its floor, and the packages of the same floor that
// it imports too.
type line struct {
	tier tier
	also []string
}

// place has a line for every package of the module. A package without one fails:
// its place has to be decided.
var place = map[string]line{
	"internal/fault":  {tier: vocabulary},
	"internal/ident":  {tier: vocabulary},
	"internal/secret": {tier: vocabulary},
	"internal/page":   {tier: vocabulary, also: []string{"internal/fault"}},
	"internal/sheet":  {tier: vocabulary, also: []string{"internal/fault"}},
	// Public: other modules import it, and with it the standard library alone.
	"verify":              {tier: vocabulary, also: []string{"internal/strictjson"}},
	"internal/strictjson": {tier: vocabulary},
	"internal/nearest":    {tier: vocabulary},

	"internal/access": {tier: shared},
	"internal/event":  {tier: shared, also: []string{"internal/access"}},

	"internal/user":              {tier: feature},
	"internal/role":              {tier: feature},
	"internal/session":           {tier: feature},
	"internal/password":          {tier: feature},
	"internal/password/strength": {tier: feature},
	"internal/keyring":           {tier: feature},
	"internal/token":             {tier: feature, also: []string{"internal/keyring", "internal/session"}},
	"internal/snapshot":          {tier: feature, also: []string{"internal/user"}},
	"internal/dashboard":         {tier: feature},

	"internal/account":   {tier: flow},
	"internal/catalogue": {tier: flow},
	"internal/userfile":  {tier: flow},
	"internal/signin":    {tier: flow},
	"internal/bearer":    {tier: flow},
	"internal/browser":   {tier: flow},
	"internal/recovery":  {tier: flow},
	"internal/importer":  {tier: flow},

	"internal/store": {tier: storage},
	// Reads other services' databases, and connects as the store does.
	"internal/djangodb": {tier: storage, also: []string{"internal/store"}},

	"internal/web":       {tier: edge},
	"internal/simplejwt": {tier: adapter},
	"internal/httpapi":   {tier: adapter},
	"internal/wellknown": {tier: adapter},
	"internal/webui":     {tier: adapter},

	"internal/config": {tier: settings},
	"internal/app":    {tier: composition},
	"internal/cli":    {tier: command},
	"cmd/countersign": {tier: program},

	"internal/store/storetest":     {tier: support},
	"internal/apptest":             {tier: support},
	"internal/archtest":            {tier: support},
	"bench":                        {tier: support},
	"bench/bare":                   {tier: support},
	"bench/importer":               {tier: support},
	"bench/admin":                  {tier: support},
	"internal/djangodb/djangotest": {tier: support},
}

// ours cuts the module's path off an imported one.
func ours(imported string) (string, bool) {
	return strings.CutPrefix(imported, module+"/")
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		here, known := place[p.path]
		if !known {
			t.Errorf("%s has no line in the table of packages", p.path)
			continue
		}
		used := map[string]bool{}
		for _, s := range p.files {
			if strings.HasSuffix(s.path, "_test.go") {
				continue // tests may use what is above
			}
			for _, imported := range s.imports() {
				other, is := ours(imported)
				if !is {
					continue
				}
				used[other] = true
				if !slices.Contains(below[here.tier], place[other].tier) && !slices.Contains(here.also, other) {
					t.Errorf("%s must not import %s", s.path, other)
				}
			}
		}
		for _, other := range here.also {
			if !used[other] {
				t.Errorf("%s does not import %s: its line says more than it needs", p.path, other)
			}
		}
	}
}

// TestTable holds the table to its own idea: what a line allows beside its floor
// stays on that floor, and flows and adapters never know each other.
func TestTable(t *testing.T) {
	t.Parallel()
	exists := map[string]bool{}
	for _, p := range packages(t) {
		exists[p.path] = true
	}
	for name, here := range place {
		if !exists[name] {
			t.Errorf("%s has a line and no code", name)
		}
		if len(here.also) > 0 && here.tier != vocabulary && here.tier != shared && here.tier != feature && here.tier != storage {
			t.Errorf("%s: only vocabulary, features and storage may import their like", name)
		}
		for _, other := range here.also {
			if place[other].tier != here.tier {
				t.Errorf("%s imports %s, which is on another floor", name, other)
			}
		}
	}
}
