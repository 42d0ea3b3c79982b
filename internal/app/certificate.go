package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificate is a key pair in two files that is read again when they change, so
// that a renewed certificate needs no restart.
type certificate struct {
	certFile, keyFile string

	mu      sync.Mutex
	pair    *tls.Certificate
	stamp   string    // of the files that pair was read from
	checked time.Time // when the files were last looked at
}

const certificateCheck = time.Second // at most one look at the files in this time

// newCertificate reads the files for the first time.
func newCertificate(certFile, keyFile string) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("the TLS certificate cannot be used: %w", err)
	}
	return c, nil
}

// get is a tls.Config.GetCertificate. Files that cannot be read, as in the middle
// of a renewal, leave the last good pair in use.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) >= certificateCheck {
		_ = c.read() // the last good pair serves on
	}
	return c.pair, nil
}

// read reads the pair if the files are others than those read before.
func (c *certificate) read() error {
	c.checked = time.Now()
	stamp, err := c.look()
	if err != nil || stamp == c.stamp {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.pair, c.stamp = &pair, stamp
	return nil
}

func (c *certificate) look() (string, error) {
	cert, errCert := os.Stat(c.certFile)
	key, errKey := os.Stat(c.keyFile)
	if err := errors.Join(errCert, errKey); err != nil {
		return "", err
	}
	return fmt.Sprint(cert.ModTime(), cert.Size(), key.ModTime(), key.Size()), nil
}
