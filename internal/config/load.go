package config

import (
	"maps"
	"reflect"
	"slices"

	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"
)

// Source is where Load looks.
type Source struct {
	// Environ is the environment as os.Environ returns it; of two entries with
	// one name the last counts.
	Environ []string
	// Flags has the flags that were given, by key; dashes count as underscores.
	Flags map[string]string
	// WorkDir is the directory that relative paths start from; empty is the
	// process's own.
	WorkDir string
	// ConfigFile is the file of --config. It must exist. When empty,
	// COUNTERSIGN_CONFIG names the file, else it is countersign.toml in WorkDir
	// if there is one.
	ConfigFile string
}

// values is one layer: what it sets, by key, and where each value came from.
type values struct {
	set     map[string]any
	origins map[string]origin
}

func newValues() values {
	return values{set: map[string]any{}, origins: map[string]origin{}}
}

func (v values) put(key string, value any, from origin) {
	from.key = key
	v.set[key], v.origins[key] = value, from
}

// loader gathers the layers of one Load.
type loader struct {
	src      Source
	fields   []field
	merged   *koanf.Koanf
	origins  map[string]origin
	problems *Error
	refused  map[string]bool // keys that were complained about: nothing is said twice
	warnings []string
}

// Load reads the configuration. The error is an *Error with every problem; the
// Config is nil then.
func Load(src Source) (*Config, error) {
	l := newLoader(src)
	return l.load(l.file(), l.environment(), l.flags())
}

func newLoader(src Source) *loader {
	return &loader{
		src: src, fields: fields(), merged: koanf.New("."),
		origins: map[string]origin{}, problems: &Error{}, refused: map[string]bool{},
	}
}

// load lays what was given over the defaults and the preset, the later winning.
func (l *loader) load(given ...values) (*Config, error) {
	for _, layer := range slices.Concat([]values{l.defaults(), l.preset(given)}, given) {
		l.merge(layer)
	}
	l.secretFiles()
	l.simpleJWT()

	c := &Config{origins: map[string]origin{}}
	l.decode(c)
	c.Warnings = l.warnings
	c.derive(l.src.WorkDir)
	c.validate(l.problems, l.refused)
	if err := l.problems.orNil(); err != nil {
		return nil, err
	}
	return c, nil
}

// defaults is the first layer.
func (l *loader) defaults() values {
	v := newValues()
	for _, f := range l.fields {
		if f.def != "" {
			v.put(f.key, f.def, origin{layer: layerDefault})
		}
	}
	return v
}

// preset is the second layer: the settings of the preset that the highest of the
// other layers names. A name that there is not is reported by decode.
func (l *loader) preset(given []values) values {
	v := newValues()
	var name string
	for _, layer := range given {
		if raw, ok := layer.set["preset"]; ok {
			name, _ = scalar(raw)
		}
	}
	if name != presetSimpleJWT {
		return v
	}
	for _, f := range l.fields {
		if f.inPreset {
			v.put(f.key, f.preset, origin{layer: layerPreset, name: presetSimpleJWT})
		}
	}
	return v
}

// merge lays one layer over those before it. A secret and the file of that secret
// are one setting: a layer that gives one takes the other of a lower layer away,
// and a layer that gives both is refused.
func (l *loader) merge(layer values) {
	for _, f := range l.fields {
		if !f.secretText {
			continue
		}
		direct, file := f.key, f.key+fileSuffix
		_, hasDirect := layer.set[direct]
		_, hasFile := layer.set[file]
		switch {
		case hasDirect && hasFile:
			l.problems.add(layer.origins[direct].subject(), "is given, and %s too: give one of them",
				layer.origins[file].subject())
			delete(layer.set, file)
			delete(layer.origins, file)
			l.drop(file)
		case hasDirect:
			l.drop(file)
		case hasFile:
			l.drop(direct)
		}
	}
	// Only a nil provider or a merge of different shapes fails, and every layer
	// is flat.
	if err := l.merged.Load(confmap.Provider(layer.set, ""), nil); err != nil {
		l.problems.add("configuration", "merge: %v", err)
	}
	maps.Copy(l.origins, layer.origins)
}

func (l *loader) drop(key string) {
	l.merged.Delete(key)
	delete(l.origins, key)
}

// decode fills the fields of c from the merged layers.
func (l *loader) decode(c *Config) {
	target := reflect.ValueOf(c).Elem()
	for _, f := range l.fields {
		from, ok := l.origins[f.key]
		if !ok {
			continue
		}
		c.origins[f.key] = from
		if err := f.set(target.Field(f.index), l.merged.Get(f.key)); err != nil {
			l.problems.add(from.subject(), "%v", err)
			l.refused[f.key] = true
		}
	}
}
