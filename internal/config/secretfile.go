package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// maxSecretFile is the most that a file with a secret may hold, in bytes.
const maxSecretFile = 64 << 10

// secretFiles replaces the settings X_FILE by X with the content of the file.
func (l *loader) secretFiles() {
	for _, f := range l.fields {
		from, ok := l.origins[f.key+fileSuffix]
		if !f.secretText || !ok {
			continue
		}
		path, ok := l.merged.Get(from.key).(string)
		if !ok || path == "" {
			l.problems.add(from.subject(), "is empty or not a string: it names a file")
			l.refused[f.key] = true
			continue
		}
		text, wide, err := readSecretFile(resolve(l.src.WorkDir, path))
		if err != nil {
			l.problems.add(from.subject(), "the file %v", err)
			l.refused[f.key] = true
			continue
		}
		if wide {
			// Kubernetes mounts secrets 0644, so this is no reason to refuse.
			l.warnings = append(l.warnings, from.subject()+": others can read the file; chmod 600 it if you can")
		}
		if err := l.merged.Set(f.key, text); err != nil {
			l.problems.add(from.subject(), "%v", err)
			continue
		}
		l.origins[f.key] = from // its key stays X_FILE, which is what was written
	}
}

// readSecretFile returns the text of a file without the newline at its end, and
// whether others than its owner may read it. Its errors hold neither the path nor
// the content.
func readSecretFile(path string) (text string, wide bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", false, reason(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", false, reason(err)
	}
	if info.IsDir() {
		return "", false, errors.New("is a directory")
	}
	// A pipe has no size: the bound is on what is read.
	content, err := io.ReadAll(io.LimitReader(file, maxSecretFile+1))
	switch {
	case err != nil:
		return "", false, reason(err)
	case len(content) > maxSecretFile:
		return "", false, fmt.Errorf("holds more than %d bytes", maxSecretFile)
	}
	text = strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if text == "" {
		return "", false, errors.New("is empty")
	}
	return text, runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0, nil
}
