package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is a key pair in two files that is read again when they change, so
// that a renewed certificate needs no restart.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	stamp   string    // of the files that were read last
	checked time.Time // when the files were last looked at
}

const certificateCheck = time.Second // at most one look at the files in this time

// newCertificate reads the files for the first time.
func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	stamp, err := c.look()
	if err == nil {
		err = c.read(stamp)
	}
	if err != nil {
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
		c.renew()
	}
	return c.pair, nil
}

// renew reads the pair again if the files are others than those that were read
// last, and says once how that went.
func (c *certificate) renew() {
	c.checked = time.Now()
	stamp, err := c.look()
	if err != nil || stamp == c.stamp {
		return // files that are gone for the moment of a renewal come back
	}
	if err := c.read(stamp); err != nil {
		c.log.Warn("the new TLS certificate cannot be used; the old one serves on", "err", err)
		return
	}
	c.log.Info("the TLS certificate was renewed")
}

// read reads the pair. Files that were found bad are not read again before they
// change.
func (c *certificate) read(stamp string) error {
	c.stamp = stamp
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.pair = &pair
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
