package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"github.com/countersign/countersign/internal/nearest"
)

const (
	defaultFile    = "countersign.toml"
	configVariable = envPrefix + "CONFIG"
	maxFileBytes   = 1 << 20
)

// file is the third layer: the file that was named, or countersign.toml when it
// is there.
func (l *loader) file() values {
	v := newValues()
	path, subject := l.src.ConfigFile, "--config"
	if path == "" {
		path, subject = lookup(l.src.Environ, configVariable), configVariable
	}
	named := path != ""
	if !named {
		path, subject = defaultFile, defaultFile
	}
	flat, err := readTOML(resolve(l.src.WorkDir, path))
	if errors.Is(err, fs.ErrNotExist) && !named {
		return v
	}
	if err != nil {
		l.problems.add(subject, "%s %v", quote(path), err)
		return v
	}
	known, hidden := knownKeys(l.fields), hiddenKeys(l.fields)
	for _, key := range slices.Sorted(maps.Keys(flat)) {
		from := origin{layer: layerFile, name: path, key: key}
		switch {
		case !slices.Contains(known, key):
			l.problems.add(from.subject(), "is not a setting; the nearest is %s", nearest.Name(strings.ToLower(key), known))
		case slices.Contains(hidden, key):
			l.problems.add(from.subject(), "is not read from this file, which is copied and shared: "+
				"use %s, %s or %s", envName(key), envName(key+fileSuffix), key+fileSuffix)
		default:
			v.put(key, flat[key], from)
		}
	}
	return v
}

// readTOML returns the keys of a file, nested ones joined by dots. Its errors show
// the place, never the text, which may hold a secret.
func readTOML(path string) (map[string]any, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFileBytes {
		return nil, fmt.Errorf("is not a file of at most %d bytes", maxFileBytes)
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), toml.Parser()); err != nil {
		type positioned interface {
			error
			Position() (row, column int)
		}
		if at, ok := errors.AsType[positioned](err); ok {
			row, column := at.Position()
			return nil, fmt.Errorf("is not valid TOML at line %d, column %d (text needs quotes)", row, column)
		}
		if _, ok := errors.AsType[*fs.PathError](err); ok {
			return nil, reason(err)
		}
		return nil, errors.New("is not valid TOML (is a name given twice?)")
	}
	return k.All(), nil
}

// reason keeps of a file system's error what happened and leaves out the path: the
// name of a variable is enough, and what stands in it may be a secret by mistake.
func reason(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("cannot be read: %w", at.Err)
	}
	return errors.New("cannot be read")
}

// environment is the fourth layer: the variables that start with COUNTERSIGN_.
func (l *loader) environment() values {
	v := newValues()
	known := map[string]string{} // key by variable
	for _, key := range knownKeys(l.fields) {
		known[envName(key)] = key
	}
	names := slices.Sorted(maps.Keys(known))
	for _, name := range variables(l.src.Environ) {
		key, ok := known[name]
		switch {
		case ok:
			v.put(key, lookup(l.src.Environ, name), origin{layer: layerEnvironment, name: name})
		case !foreign(name):
			l.problems.add(name, "is not a setting; the nearest is %s%s", nearest.Name(name, names), serviceLinkHint(name))
		}
	}
	return v
}

// foreign reports whether a variable is not a setting although its name starts as
// one: for other purposes of ours, or injected by Kubernetes for a service that is
// called countersign.
func foreign(name string) bool {
	name = strings.TrimPrefix(name, envPrefix)
	return name == "CONFIG" || name == "SUPERUSER_PASSWORD" || name == "PORT" ||
		strings.HasPrefix(name, "TEST_") || strings.HasPrefix(name, "SERVICE_") || strings.HasPrefix(name, "PORT_")
}

// serviceLinkHint helps with what Kubernetes injects for a service whose name
// starts with countersign-.
func serviceLinkHint(name string) string {
	if strings.Contains(name, "_SERVICE_") || strings.HasSuffix(name, "_PORT") || strings.Contains(name, "_PORT_") {
		return " (if Kubernetes made this variable for a service, set enableServiceLinks: false)"
	}
	return ""
}

// flags is the last layer.
func (l *loader) flags() values {
	v := newValues()
	known, hidden := knownKeys(l.fields), hiddenKeys(l.fields)
	for _, given := range slices.Sorted(maps.Keys(l.src.Flags)) {
		key := strings.ReplaceAll(given, "-", "_")
		from := origin{layer: layerFlag, name: flagName(key)}
		switch {
		case !slices.Contains(known, key):
			l.problems.add(from.name, "is not a setting; the nearest is %s", flagName(nearest.Name(key, known)))
		case slices.Contains(hidden, key):
			l.problems.add(from.name, "is not read from the command line, which every process can see: use %s or %s",
				envName(key), flagName(key+fileSuffix))
		default:
			v.put(key, l.src.Flags[given], from)
		}
	}
	return v
}

// variables lists the names of the environment that start with COUNTERSIGN_,
// sorted, each once.
func variables(environ []string) []string {
	var names []string
	for _, entry := range environ {
		if name, _, ok := strings.Cut(entry, "="); ok && strings.HasPrefix(name, envPrefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// lookup returns the last value of a variable, or "".
func lookup(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// resolve makes a path of the operator's relative to the working directory.
func resolve(workDir, path string) string {
	if workDir == "" || path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(workDir, path)
}
