package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pair is a certificate and its key in a directory.
type pair struct {
	t         *testing.T
	cert, key string
}

func newPair(t *testing.T) pair {
	t.Helper()
	dir := t.TempDir()
	return pair{t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

// texts are a new certificate with that serial number, and its key.
func (p pair) texts(serial int64) (cert, key []byte) {
	p.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(p.t, err)
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: now, NotAfter: now.Add(time.Hour), DNSNames: []string{"localhost"}}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	must(p.t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	must(p.t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// write puts a pair on the disk; nil leaves a file alone. The files get the time
// of the test, as they get that of the machine elsewhere.
func (p pair) write(cert, key []byte) {
	p.t.Helper()
	for path, text := range map[string][]byte{p.cert: cert, p.key: key} {
		if text == nil {
			continue
		}
		must(p.t, os.WriteFile(path, text, 0o600))
		must(p.t, os.Chtimes(path, time.Now(), time.Now()))
	}
}

// serves checks the serial number of what is served.
func serves(t *testing.T, c *certificate, when string, want int64) {
	t.Helper()
	got, err := c.get(nil)
	must(t, err)
	if serial := got.Leaf.SerialNumber.Int64(); serial != want {
		t.Errorf("%s: certificate %d is served, want %d", when, serial, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A renewed pair is served without a restart, and whatever is on the disk while it
// is renewed, a whole pair is served all the time.
func TestCertificate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.write(p.texts(1))
		c, err := newCertificate(p.cert, p.key, slog.New(slog.NewTextHandler(t.Output(), nil)))
		must(t, err)
		serves(t, c, "at first", 1)

		cert, key := p.texts(2)
		time.Sleep(time.Minute)
		serves(t, c, "nothing new", 1)
		p.write(cert, nil)
		serves(t, c, "at once", 1) // the files are looked at once a second
		time.Sleep(certificateCheck)
		serves(t, c, "a certificate without its key", 1)
		time.Sleep(certificateCheck)
		serves(t, c, "the same, later", 1)
		p.write(nil, key[:len(key)/2])
		time.Sleep(certificateCheck)
		serves(t, c, "half a key", 1)
		p.write(nil, key)
		time.Sleep(certificateCheck)
		serves(t, c, "the new pair", 2)

		must(t, os.Remove(p.key))
		time.Sleep(certificateCheck)
		serves(t, c, "no key", 2)
		p.write(p.texts(3))
		time.Sleep(certificateCheck)
		serves(t, c, "a new pair after none", 3)
	})
}

func TestCertificate_at_once(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.write(p.texts(1))
	c, err := newCertificate(p.cert, p.key, slog.New(slog.NewTextHandler(t.Output(), nil)))
	must(t, err)
	c.checked = time.Time{} // so that all of them want to look
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if got, err := c.get(&tls.ClientHelloInfo{}); err != nil || got == nil {
				t.Errorf("get: %v, %v", got, err)
			}
		})
	}
	wg.Wait()
}

// At the start a pair that cannot be used is an error that says which file.
func TestCertificate_that_cannot_be_used(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	cert, key := p.texts(1)
	_, foreign := p.texts(2)
	for name, c := range map[string]struct {
		cert, key []byte
		says      string
	}{
		"no files":    {nil, nil, "cert.pem"},
		"no key":      {cert, nil, "key.pem"},
		"another key": {cert, foreign, "does not match"},
		"no PEM":      {[]byte("x"), key, "failed to find any PEM data"},
	} {
		_ = os.Remove(p.cert)
		_ = os.Remove(p.key)
		p.write(c.cert, c.key)
		_, err := newCertificate(p.cert, p.key, slog.New(slog.NewTextHandler(t.Output(), nil)))
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
