package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// TOML returns the countersign.toml that continues the service from now on: the
// preset, and each setting that differs from it, with its name in Django. Secrets
// are not in it: it names the files that WriteSecrets makes. The database is left
// out when databaseURL is empty or holds a password. The warnings say what does
// not come over as it was. The error is an *Error: Django allowed what is refused
// here, such as a short secret.
func (d *DjangoSettings) TOML(now time.Time, databaseURL string) (text string, warnings []string, err error) {
	c, err := d.load(now)
	if err != nil {
		return "", nil, err
	}
	warnings = append(append(warnings, d.warnings...), c.Warnings...)
	out := &tomlFile{}
	out.WriteString("# Continues a service of Django. Above each setting stands its name there.\n\n")
	out.setting("", "preset", presetSimpleJWT)
	switch {
	case databaseURL == "":
	case strings.Contains(RedactURL(databaseURL), redacted):
		warnings = append(warnings, "database_url: holds a password, so that it is not written: give "+envName("database_url"))
	default:
		out.setting("", "database_url", databaseURL)
	}
	plain := presetAlone()
	values, defaults := reflect.ValueOf(c).Elem(), reflect.ValueOf(plain).Elem()
	for _, f := range fields() {
		from, given := c.origins[f.key]
		if !given || from.layer != layerSimpleJWT {
			continue
		}
		value := values.Field(f.index).Interface()
		switch {
		case f.secretText:
			out.setting(from.key+", in a file of its own beside this one", f.key+fileSuffix, secretFileName(f.key))
		case f.show(value) != f.show(defaults.Field(f.index).Interface()):
			out.setting(from.key, f.key, value)
		}
	}
	out.setting("the ids of users are numbers", "ids", c.IDs)
	if !c.VerifyOnly() {
		out.setting("until the end of this day tokens that Django issued are accepted", "bridge_until", formatInstant(c.BridgeUntil))
	}
	return out.String(), warnings, nil
}

// WriteSecrets writes the files that the text of TOML names into a directory, for
// their owner alone, and returns their paths. A file that is there with the same
// content stays; with another content it is an error that satisfies fs.ErrExist.
func (d *DjangoSettings) WriteSecrets(dir string) ([]string, error) {
	var paths []string
	for _, s := range d.settings {
		name := secretFileName(s.key)
		if name == "" {
			continue
		}
		path := filepath.Join(dir, name)
		content := s.value.(string) + "\n"
		err := writeNew(path, content)
		if errors.Is(err, fs.ErrExist) {
			written, readErr := os.ReadFile(path)
			if readErr == nil && bytes.Equal(written, []byte(content)) {
				err = nil
			}
		}
		if err != nil {
			return paths, fmt.Errorf("write the %s: %w", strings.ReplaceAll(s.key, "_", " "), err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// secretFileName is the name of the file with a secret of Django, or empty.
func secretFileName(key string) string {
	switch key {
	case "signing_secret":
		return "signing.secret"
	case "signing_key":
		return "signing-key.pem"
	default:
		return ""
	}
}

// load makes the Config that continues the service, which checks it as a whole.
func (d *DjangoSettings) load(now time.Time) (*Config, error) {
	given := newValues()
	put := func(django, key string, value any) {
		given.set[key] = value
		given.origins[key] = origin{layer: layerSimpleJWT, name: djangoOrigin, key: django}
	}
	for _, s := range d.settings {
		put(s.django, s.key, s.value)
	}
	given.put("preset", presetSimpleJWT, origin{layer: layerPreset, name: presetSimpleJWT})
	given.put("bridge_until", now.UTC().AddDate(0, 0, djangoBridge).Format(time.DateOnly), origin{layer: layerPreset, name: presetSimpleJWT})
	return newLoader(Source{}).load(given)
}

// presetAlone returns the values of the defaults and the preset.
func presetAlone() *Config {
	l, c := newLoader(Source{}), &Config{origins: map[string]origin{}}
	named := newValues()
	named.put("preset", presetSimpleJWT, origin{})
	l.merge(l.defaults())
	l.merge(l.preset([]values{named}))
	l.decode(c)
	return c
}

// tomlFile is a file in TOML that is being written.
type tomlFile struct{ strings.Builder }

// setting writes one setting with a comment above it.
func (w *tomlFile) setting(comment, key string, value any) {
	if comment != "" {
		fmt.Fprintf(w, "\n# %s\n", comment)
	}
	fmt.Fprintf(w, "%s = %s\n", key, tomlValue(value))
}

func tomlValue(value any) string {
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v)
	case time.Duration:
		return tomlString(formatDuration(v))
	case []string:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = tomlString(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	default:
		return tomlString(fmt.Sprint(v))
	}
}

// tomlString writes a string of TOML, over several lines where it has them.
func tomlString(text string) string {
	var out strings.Builder
	quotes, lines := `"`, strings.Contains(text, "\n")
	if lines {
		quotes = `"""`
		out.WriteString(quotes + "\n")
	} else {
		out.WriteString(quotes)
	}
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '\n' && lines:
			out.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&out, `\u%04X`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String() + quotes
}
