package user

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The local part is a dot-atom or a quoted string of printable ASCII (RFC 5322,
// section 3.4.1). A quoted string holds no bare space here, as in Django.
var localPart = regexp.MustCompile(`^(?:[-!#$%&'*+/=?^_` + "`" + `{}|~0-9A-Za-z]+(?:\.[-!#$%&'*+/=?^_` + "`" + `{}|~0-9A-Za-z]+)*` +
	`|"(?:[\x01-\x08\x0b\x0c\x0e-\x1f!#-\[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*")$`)

// A label of the domain: letters, digits and hyphens, or letters beyond ASCII
// (an internationalised name as it is typed).
var (
	label    = regexp.MustCompile(`^[A-Za-z0-9\x{00a1}-\x{ffff}](?:[A-Za-z0-9\x{00a1}-\x{ffff}-]{0,61}[A-Za-z0-9\x{00a1}-\x{ffff}])?$`)
	topLabel = regexp.MustCompile(`^(?:[A-Za-z\x{00a1}-\x{ffff}-]{2,63}|[xX][nN]--[A-Za-z0-9]{1,59})$`)
)

// CheckEmail returns what is wrong with an email address, nothing when it is
// good. An empty address is good: it is optional.
func CheckEmail(email string) []string {
	if email == "" {
		return nil
	}
	var problems []string
	length := utf8.RuneCountInString(email)
	if length > MaxEmail {
		problems = append(problems, tooLong(MaxEmail))
	}
	if at := strings.LastIndexByte(email, '@'); length > maxCheckedEmail || at < 1 || !localPart.MatchString(email[:at]) || !goodDomain(email[at+1:]) {
		problems = append(problems, msgEmail)
	}
	if strings.ContainsRune(email, 0) {
		problems = append(problems, msgNUL)
	}
	return problems
}

// maxCheckedEmail is how long an address may be whatever its parts are: 64 and 255
// octets with the sign between (RFC 3696, section 3).
const maxCheckedEmail = 320

func goodDomain(domain string) bool {
	if domain == "localhost" {
		return true
	}
	if inner, ok := strings.CutPrefix(domain, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return ok && err == nil && addr.Zone() == ""
	}
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		return false
	}
	last := labels[len(labels)-1]
	if !topLabel.MatchString(last) || strings.HasPrefix(last, "-") || strings.HasSuffix(last, "-") {
		return false
	}
	for _, l := range labels[:len(labels)-1] {
		if !label.MatchString(l) {
			return false
		}
	}
	return true
}

func tooLong(limit int) string {
	return fmt.Sprintf("Ensure this field has no more than %d characters.", limit)
}
