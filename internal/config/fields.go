package config

import (
	"reflect"
	"strings"

	"github.com/countersign/countersign/internal/secret"
)

const (
	envPrefix  = "COUNTERSIGN_"
	fileSuffix = "_file"
)

// field describes one setting, as the tags of Config's field do.
type field struct {
	index      int
	name       string // of the Go field
	key        string
	group      string // the heading above it
	django     string // the name in SIMPLE_JWT, or empty
	def        string
	preset     string // value under the preset simplejwt
	inPreset   bool
	derived    string
	oneof      []string
	lower      string
	upper      string
	secretText bool
	hidden     bool   // not in the file and not a flag
	needs      string // the preset without which it is refused, or ownTokens
}

// fields lists the settings in the order of Config.
func fields() []field {
	t := reflect.TypeFor[Config]()
	list := make([]field, 0, t.NumField())
	group := ""
	for i := range t.NumField() {
		f := t.Field(i)
		key, ok := f.Tag.Lookup("koanf")
		if !ok {
			continue
		}
		s := field{
			index: i, name: f.Name, key: key,
			def: f.Tag.Get("default"), derived: f.Tag.Get("derived"), django: f.Tag.Get("django"),
			secretText: f.Type == reflect.TypeFor[secret.Text](),
			hidden:     f.Tag.Get("hidden") == "true", needs: f.Tag.Get("needs"),
		}
		if begun, ok := f.Tag.Lookup("group"); ok {
			group = begun
		}
		s.group = group
		s.preset, s.inPreset = f.Tag.Lookup("simplejwt")
		if choices, ok := f.Tag.Lookup("oneof"); ok {
			s.oneof = strings.Split(choices, "|")
		}
		s.lower, s.upper, _ = strings.Cut(f.Tag.Get("range"), "..")
		list = append(list, s)
	}
	return list
}

func (f field) env() string { return envName(f.key) }

// envName returns the environment variable of a key.
func envName(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// flagName returns the command-line flag of a key.
func flagName(key string) string { return "--" + strings.ReplaceAll(key, "_", "-") }

// knownKeys lists every key that a layer may set: the settings, and for each
// secret the key of the file that holds it.
func knownKeys(list []field) []string {
	var keys []string
	for _, f := range list {
		keys = append(keys, f.key)
		if f.secretText {
			keys = append(keys, f.key+fileSuffix)
		}
	}
	return keys
}

// hiddenKeys lists the secrets that are read neither from countersign.toml nor
// from a flag.
func hiddenKeys(list []field) []string {
	var keys []string
	for _, f := range list {
		if f.hidden {
			keys = append(keys, f.key)
		}
	}
	return keys
}

// docs returns the comment of each setting by its key, read from the source of
// Config. A comment "Name is what it is." becomes "What it is.".
func docs() map[string]string {
	found := map[string]string{}
	var comment []string
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if text, ok := strings.CutPrefix(line, "// "); ok {
			comment = append(comment, text)
			continue
		}
		if _, tag, ok := strings.Cut(line, "`koanf:\""); ok {
			key, _, _ := strings.Cut(tag, `"`)
			found[key] = sentence(strings.Join(comment, " "))
		}
		comment = nil
	}
	return found
}

func sentence(comment string) string {
	_, text, ok := strings.Cut(comment, " is ")
	if !ok {
		return comment
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
