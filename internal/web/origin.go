package web

import (
	"net/http"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/ident"
)

const (
	maxUserAgent = 255 // bytes that are kept
	maxForwarded = 32  // addresses of X-Forwarded-For that are looked at
)

func origin(r *http.Request, trusted []netip.Prefix) access.Origin {
	peer := peerOf(r)
	o := access.Origin{UserAgent: printable(r.UserAgent()), RequestID: ident.New()}
	if peer.IsValid() {
		o.IP = peer.String()
	}
	if !within(peer, trusted) {
		return o
	}
	o.IP = forwarded(r, peer, trusted).String()
	if id := r.Header.Get("X-Request-Id"); ident.Valid(id) {
		o.RequestID = id
	}
	return o
}

// peerOf returns the address of the connection. A connection without one, such as
// a socket file, gives the zero address, which no proxy list holds.
func peerOf(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// forwarded returns the right-most address that is not a trusted proxy's. What
// stands left of it was written by a stranger.
func forwarded(r *http.Request, peer netip.Addr, trusted []netip.Prefix) netip.Addr {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	at := peer
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-maxForwarded; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return at
		}
		at = hop.Unmap().WithZone("")
		if !within(at, trusted) {
			return at
		}
	}
	return at
}

func within(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// printable returns text that is safe to keep and to show in a terminal: valid
// UTF-8 without control and formatting characters, cut to what is kept.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	if len(text) <= maxUserAgent {
		return text
	}
	cut := maxUserAgent
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}
