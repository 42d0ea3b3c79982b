package apptest

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"testing"
)

// traffic is what a Forwarder does with connections.
type traffic int

const (
	flows  traffic = iota
	cut            // every connection is reset, and every new one
	silent         // connections stand, and nothing arrives on the other side
)

// Forwarder is the way to a database server, which a test can close and open
// again: everything that comes to its port on the loopback goes to the server. The
// port stays taken while the way is closed, so that nobody else gets it.
type Forwarder struct {
	server   string
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex
	now   traffic
	links map[*link]bool
	trap  trap
}

// trap closes the way at a certain moment: when one connection has sent the texts
// in their order, and the server has answered the last of them.
type trap struct {
	texts []string // in lower case; none: there is no trap
	then  traffic
}

// link is one connection from the service and the one to the server.
type link struct {
	client, server net.Conn
	sent           int // how many texts of the trap went through
}

// newForwarder opens the way to the server of a database until the test ends. It
// returns the URL of the database by that way.
func newForwarder(t testing.TB, database string) (*Forwarder, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil || u.Port() == "" {
		t.Fatal("the URL of the test server has no host:port") // the error would hold its password
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &Forwarder{server: u.Host, listener: l, links: make(map[*link]bool)}
	f.running.Go(f.accept)
	t.Cleanup(func() {
		_ = l.Close()
		f.Cut()
		f.running.Wait()
	})
	u.Host = l.Addr().String()
	return f, u.String()
}

// Cut resets all connections, and new ones as soon as they come.
func (f *Forwarder) Cut() { f.set(cut) }

// Silence lets connections be made and stand, and nothing come through them.
func (f *Forwarder) Silence() { f.set(silent) }

// Restore opens the way again for new connections. Those that stood in silence
// are reset.
func (f *Forwarder) Restore() { f.set(flows) }

// CutAfter is Cut once the server has answered the last of some texts that one
// connection sent in this order, in any case. The answer does not arrive.
func (f *Forwarder) CutAfter(texts ...string) { f.set(flows, trap{texts, cut}) }

// SilenceAfter is Silence at the moment of CutAfter.
func (f *Forwarder) SilenceAfter(texts ...string) { f.set(flows, trap{texts, silent}) }

func (f *Forwarder) set(next traffic, traps ...trap) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if next == cut || f.now == silent {
		for l := range f.links {
			l.reset()
		}
		clear(f.links)
	}
	f.now, f.trap = next, trap{}
	for _, each := range traps {
		f.trap = each
		for l := range f.links {
			l.sent = 0
		}
	}
}

func (f *Forwarder) accept() {
	for {
		client, err := f.listener.Accept()
		if err != nil {
			return // closed: the test ends
		}
		server, err := net.Dial("tcp", f.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		l := &link{client: client, server: server}
		f.mu.Lock()
		if f.now == cut {
			l.reset()
		} else {
			f.links[l] = true
			f.running.Go(func() { f.pipe(l, server, client, f.passSent) })
			f.running.Go(func() { f.pipe(l, client, server, f.passAnswer) })
		}
		f.mu.Unlock()
	}
}

// pipe copies what passes, until one side ends.
func (f *Forwarder) pipe(l *link, to, from net.Conn, passes func(*link, []byte) bool) {
	defer f.drop(l)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && passes(l, buffer[:n]) {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// passSent looks for the next text of the trap. Drivers write a packet at once, so
// a text is never in two pieces.
func (f *Forwarder) passSent(l *link, piece []byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if l.sent < len(f.trap.texts) && bytes.Contains(bytes.ToLower(piece), []byte(f.trap.texts[l.sent])) {
		l.sent++
	}
	return f.now == flows
}

// passAnswer springs the trap.
func (f *Forwarder) passAnswer(l *link, _ []byte) bool {
	f.mu.Lock()
	sprung := len(f.trap.texts) > 0 && l.sent == len(f.trap.texts)
	passes, then := f.now == flows && !sprung, f.trap.then
	f.mu.Unlock()
	if sprung {
		f.set(then)
	}
	return passes
}

// drop ends both halves of a connection of which one has ended.
func (f *Forwarder) drop(l *link) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.links, l)
	_ = l.client.Close()
	_ = l.server.Close()
}

// reset ends a connection as a machine does that knows nothing of it.
func (l *link) reset() {
	if c, ok := l.client.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
	_ = l.client.Close()
	_ = l.server.Close()
}
