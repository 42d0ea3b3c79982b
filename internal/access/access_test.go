package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
)

func person(r access.Rights) access.Caller {
	return access.Caller{Kind: access.Person, UserID: "me", Rights: r}
}

func TestRequire(t *testing.T) {
	viewer := access.Rights{Permissions: []access.Permission{access.AddUser, access.ViewUser}}
	for name, c := range map[string]struct {
		who  access.Caller
		want error
	}{
		"zero value":  {access.Caller{}, access.ErrAnonymous},
		"anonymous":   {access.Caller{Kind: access.Anonymous, Rights: access.Rights{Superuser: true}}, access.ErrAnonymous},
		"without":     {person(access.Rights{Staff: true}), access.ErrForbidden},
		"with":        {person(viewer), nil},
		"superuser":   {person(access.Rights{Superuser: true}), nil},
		"the command": {access.Command("root"), nil},
	} {
		if err := c.who.Require(access.ViewUser); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// Case H22: nobody acts on somebody who holds more.
func TestRequireOver(t *testing.T) {
	a, b := access.Permission("shop.read"), access.Permission("shop.write")
	now := time.UnixMilli(1_800_000_000_000)
	day, week := map[access.Permission]time.Time{a: now.AddDate(0, 0, 1)}, map[access.Permission]time.Time{a: now.AddDate(0, 0, 7)}
	for name, c := range map[string]struct {
		mine, theirs access.Rights
		want         error
	}{
		"equal":                 {access.Rights{Permissions: []access.Permission{a}}, access.Rights{Permissions: []access.Permission{a}}, nil},
		"less":                  {access.Rights{Permissions: []access.Permission{a, b}}, access.Rights{Permissions: []access.Permission{b}}, nil},
		"more":                  {access.Rights{Permissions: []access.Permission{a}}, access.Rights{Permissions: []access.Permission{a, b}}, access.ErrHoldsMore},
		"staff":                 {access.Rights{Permissions: []access.Permission{a}}, access.Rights{Staff: true}, access.ErrHoldsMore},
		"superuser":             {access.Rights{Staff: true, Permissions: []access.Permission{a, b}}, access.Rights{Superuser: true}, access.ErrHoldsMore},
		"for ever":              {access.Rights{Permissions: []access.Permission{a}, Limited: week}, access.Rights{Permissions: []access.Permission{a}}, access.ErrHoldsMore},
		"as long":               {access.Rights{Permissions: []access.Permission{a}, Limited: week}, access.Rights{Permissions: []access.Permission{a}, Limited: week}, nil},
		"longer":                {access.Rights{Permissions: []access.Permission{a}, Limited: day}, access.Rights{Permissions: []access.Permission{a}, Limited: week}, access.ErrHoldsMore},
		"not as long":           {access.Rights{Permissions: []access.Permission{a}}, access.Rights{Permissions: []access.Permission{a}, Limited: day}, nil},
		"superuser on the same": {access.Rights{Superuser: true}, access.Rights{Superuser: true, Staff: true}, nil},
	} {
		if err := person(c.mine).RequireOver("them", c.theirs); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := person(access.Rights{}).RequireOver("me", access.Rights{Superuser: true}); err != nil {
		t.Errorf("oneself: %v", err)
	}
}

func TestRequireGives(t *testing.T) {
	who := person(access.Rights{Permissions: []access.Permission{"shop.read"}})
	if err := who.RequireGives([]access.Permission{"shop.read"}, time.Time{}); err != nil {
		t.Error(err)
	}
	if err := who.RequireGives([]access.Permission{"shop.read", "shop.write"}, time.Time{}); !errors.Is(err, access.ErrGivesMore) {
		t.Errorf("giving more than held: %v", err)
	}
}

// Case H24: wildcards, separators and NUL are no permission names.
func TestParsePermission(t *testing.T) {
	for _, good := range []string{"auth.view_user", "shop-2.read-all", "a.b"} {
		if p, err := access.ParsePermission(good); err != nil || string(p) != good {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "auth", ".", "a.", ".b", "a.b.c", "a.*", "a b.c", "a.b\x00", "a:b", "ä.b", strings.Repeat("a", 100) + "." + strings.Repeat("b", 100)} {
		if _, err := access.ParsePermission(bad); !errors.Is(err, access.ErrPermissionName) {
			t.Errorf("%q: %v, want ErrPermissionName", bad, err)
		}
	}
}
