package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// instanceFile is the name of the file with the instance secret that the server
// makes for SQLite.
const instanceFile = "instance.secret"

// LoadOrCreateInstanceSecret returns the instance secret of a data directory and
// whether it was made now. The directory is made with mode 0700, the file with
// 0600; a file that others may read is refused, and so is one that does not hold a
// secret. Of processes that start at once one makes the secret and all return it.
func LoadOrCreateInstanceSecret(dataDir string) (raw []byte, created bool, err error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, false, fmt.Errorf("make the data directory: %w", err)
	}
	path := filepath.Join(dataDir, instanceFile)
	raw, err = readInstanceSecret(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return raw, false, err
	}
	err = createInstanceSecret(dataDir, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, false, fmt.Errorf("make the instance secret in %s: %w", dataDir, err)
	}
	created = err == nil
	raw, err = readInstanceSecret(path)
	return raw, created && err == nil, err
}

// createInstanceSecret writes a new secret under another name and then links it to
// its own, which fails with fs.ErrExist when another process was first: nobody
// ever reads half a secret, and no crash leaves one.
func createInstanceSecret(dataDir, path string) error {
	raw := make([]byte, minSecretBytes)
	rand.Read(raw)
	content := base64.StdEncoding.EncodeToString(raw) + "\n"
	draft := filepath.Join(dataDir, "."+instanceFile+"."+rand.Text())
	if err := writeNew(draft, content); err != nil {
		return err
	}
	defer os.Remove(draft)
	err := os.Link(draft, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		// A file system without links. Still only one process makes the file; one
		// that reads it half written refuses to start, and works when repeated.
		err = writeNew(path, content)
	}
	if err != nil {
		return err
	}
	return syncDir(dataDir)
}

// writeNew writes a file that must not exist, for its owner alone, down to the
// disk.
func writeNew(path, content string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(path) // half a secret is none
	}
	return err
}

// syncDir makes a new name in a directory durable. Windows has no such call and
// needs none.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// readInstanceSecret reads the file; it returns fs.ErrNotExist when there is none.
func readInstanceSecret(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the instance secret: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the instance secret: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: others can read or change the instance secret (mode %04o); "+
			"run chmod 600 on it, and rotate the keys if it was exposed", path, info.Mode().Perm())
	}
	content, err := io.ReadAll(io.LimitReader(file, maxSecretFile))
	if err != nil {
		return nil, fmt.Errorf("read the instance secret: %w", err)
	}
	raw, err := ParseInstanceSecret(string(content))
	if err != nil {
		return nil, fmt.Errorf("%s: the instance secret %w; restore the file from a backup, "+
			"or remove it if the database beside it is new", path, err)
	}
	return raw, nil
}
