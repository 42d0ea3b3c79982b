package config

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Case M03: directory and file are for their owner alone.
func TestLoadOrCreateInstanceSecret(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "data")
	first, created, err := LoadOrCreateInstanceSecret(dir)
	if err != nil || !created || len(first) != 32 {
		t.Fatalf("first start: %d bytes, %t, %v", len(first), created, err)
	}
	second, created, err := LoadOrCreateInstanceSecret(dir)
	if err != nil || created || !bytes.Equal(first, second) {
		t.Errorf("second start: same %t, created %t, %v", bytes.Equal(first, second), created, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "instance.secret" {
		t.Errorf("the directory holds %v, %v; want the secret alone", entries, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, instanceFile): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("mode of %s is %v (%v), want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

func TestInstanceSecretAtOnce(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := t.TempDir()
		var wg sync.WaitGroup
		var made atomic.Int32
		secrets := make([][]byte, 16)
		start := make(chan struct{})
		for i := range secrets {
			wg.Go(func() {
				<-start
				raw, created, err := LoadOrCreateInstanceSecret(dir)
				if err != nil {
					t.Error(err)
				}
				if created {
					made.Add(1)
				}
				secrets[i] = raw
			})
		}
		close(start)
		wg.Wait()
		for _, s := range secrets {
			if !bytes.Equal(s, secrets[0]) {
				t.Fatal("two processes have two secrets")
			}
		}
		if n := made.Load(); n != 1 {
			t.Fatalf("%d processes made the secret, want 1", n)
		}
	}
}

// Case H03: the file of the secret is refused when others can read it, or when it
// holds none.
func TestInstanceSecretRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"readable by others": {goodSecret, 0o644, "chmod 600"},
		"readable by group":  {goodSecret, 0o640, "chmod 600"},
		"empty":              {"", 0o600, "restore the file from a backup"},
		"malformed":          {"canary-7f3a", 0o600, "restore the file from a backup"},
		"short":              {"q83vEjRWeJA=", 0o600, "restore the file from a backup"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" && test.mode != 0o600 {
				t.Skip("Windows has no such modes")
			}
			dir := t.TempDir()
			path := write(t, dir, instanceFile, test.content)
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			_, created, err := LoadOrCreateInstanceSecret(dir)
			if err == nil || created || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("created %t, %v; want an error that names the file and says %q", created, err, test.want)
			}
			if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), goodSecret) {
				t.Errorf("the error shows the secret: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != test.content {
				t.Error("the file was changed")
			}
		})
	}
	t.Run("data directory is a file", func(t *testing.T) {
		t.Parallel()
		path := write(t, t.TempDir(), "data", "")
		if _, _, err := LoadOrCreateInstanceSecret(path); err == nil {
			t.Error("no error")
		}
	})
}
