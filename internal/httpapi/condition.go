package httpapi

import (
	"strconv"
	"strings"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/role"
)

// Condition makes a change depend on what was read. It is exported because it is
// embedded.
type Condition struct {
	IfMatch string `header:"If-Match" maxLength:"200" doc:"The ETag of the answer that the change is made from (RFC 9110 section 13.1.1). When it was changed since: 412 precondition_failed. Without it the change is made in any case."`
}

// tagged is an answer that a Condition can name.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"Give it as If-Match with a change."`
	Body T
}

// etag is the entity tag of a version: a strong one. That of an account is raised by
// every change of what is shown. That of a role is raised by every change of the role
// itself; what the roles that it includes are called and give is shown with it and
// belongs to them.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// errEntityTag is the refusal of a header that is no list of entity tags.
var errEntityTag = fault.New(fault.Invalid, "entity_tag_malformed", "This is * or a list of at most eight entity tags in double quotes.")

// maxTags bounds how many versions a change is tried with.
const maxTags = 8

// versions reads the header. every is true for "*" and for no header: the change
// does not depend on a version. Weak tags, and tags that are not this service's,
// match nothing (RFC 9110 section 8.8.3.2).
func (c Condition) versions() (known []int64, every bool, err error) {
	rest := strings.Trim(c.IfMatch, " \t")
	if rest == "" || rest == "*" {
		return nil, true, nil
	}
	for n := 0; rest != ""; n++ {
		tag, weak := strings.CutPrefix(rest, "W/")
		tag, opened := strings.CutPrefix(tag, `"`)
		value, after, closed := strings.Cut(tag, `"`)
		after = strings.TrimLeft(after, " \t")
		if !opened || !closed || n == maxTags || after != "" && after[0] != ',' {
			return nil, false, badParameter("header", "If-Match", errEntityTag)
		}
		if version, err := strconv.ParseInt(value, 10, 64); err == nil && !weak && etag(version) == `"`+value+`"` {
			known = append(known, version)
		}
		rest = strings.TrimLeft(after, ", \t")
	}
	return known, false, nil
}

// roles is the service under the condition.
func (a *API) roles(c Condition) (*role.Service, error) {
	versions, every, err := c.versions()
	if err != nil || every {
		return a.Roles, err
	}
	return a.Roles.IfVersion(versions...), nil
}

// accounts is the service under the condition.
func (a *API) accounts(c Condition) (*account.Service, error) {
	versions, every, err := c.versions()
	if err != nil || every {
		return a.Accounts, err
	}
	return a.Accounts.IfVersion(versions...), nil
}
