package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/fault"
)

// bound is somebody with a role for the shop, one for the books, one for all, and a
// grant; both of the first give shop.read, the one for the shop for longer.
func bound() access.Rights {
	var sum access.Sum
	sum.Role("clerk", noon.Add(2*time.Hour), "shop")
	sum.Permission("shop.read", noon.Add(2*time.Hour), "shop")
	sum.Permission("shop.sell", noon.Add(2*time.Hour), "shop")
	sum.Role("reader", noon.Add(time.Hour), "books")
	sum.Permission("shop.read", noon.Add(time.Hour), "books")
	sum.Role("person", time.Time{}, "")
	sum.Permission("me.see", time.Time{}, "")
	sum.Permission("me.change", noon.Add(3*time.Hour), "")
	r := access.Rights{Staff: true}
	sum.Into(&r)
	return r
}

func TestFor(t *testing.T) {
	t.Parallel()
	whole := bound()
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	for name, c := range map[string]struct {
		audiences []string
		want      access.Rights
	}{
		"the shop": {[]string{"shop"}, access.Rights{
			Staff: true, Until: at(2),
			Roles: []string{"clerk", "person"}, LimitedRoles: map[string]time.Time{"clerk": at(2)},
			Permissions: []access.Permission{"me.change", "me.see", "shop.read", "shop.sell"},
			Limited:     map[access.Permission]time.Time{"shop.read": at(2), "shop.sell": at(2), "me.change": at(3)},
		}},
		"the books": {[]string{"books"}, access.Rights{
			Staff: true, Until: at(1),
			Roles: []string{"person", "reader"}, LimitedRoles: map[string]time.Time{"reader": at(1)},
			Permissions: []access.Permission{"me.change", "me.see", "shop.read"},
			Limited:     map[access.Permission]time.Time{"shop.read": at(1), "me.change": at(3)},
		}},
		"another": {[]string{"toys"}, access.Rights{
			Staff: true, Until: at(3), Roles: []string{"person"}, Permissions: []access.Permission{"me.change", "me.see"},
			Limited: map[access.Permission]time.Time{"me.change": at(3)},
		}},
		"none": {nil, access.Rights{
			Staff: true, Until: at(3), Roles: []string{"person"}, Permissions: []access.Permission{"me.change", "me.see"},
			Limited: map[access.Permission]time.Time{"me.change": at(3)},
		}},
	} {
		if diff := cmp.Diff(c.want, whole.For(c.audiences)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	all := whole.For([]string{"books", "shop"})
	if want := whole; !slices.Equal(all.Roles, want.Roles) || !slices.Equal(all.Permissions, want.Permissions) || all.Until != want.Until || all.Bound != nil {
		t.Errorf("for both: %+v, want %+v", all, want)
	}
	if diff := cmp.Diff(bound(), whole); diff != "" {
		t.Errorf("For changed what it was asked of:\n%s", diff)
	}
	if root := (access.Rights{Superuser: true, Bound: whole.Bound}); !root.For(nil).Superuser {
		t.Error("a superuser is none for an audience")
	}
}

// What nothing is bound in is the same for all; what is left later is for whom it was.
func TestFor_and_At(t *testing.T) {
	t.Parallel()
	plain := ending().Rights()
	if diff := cmp.Diff(plain, plain.For(nil)); diff != "" || plain.Bound != nil {
		t.Errorf("nothing is bound:\n%s", diff)
	}
	for _, hour := range []int{0, 1, 2, 3} {
		later := noon.Add(time.Duration(hour) * time.Hour)
		for _, audience := range []string{"shop", "books", "toys"} {
			one, other := bound().For([]string{audience}).At(later), bound().At(later).For([]string{audience})
			if diff := cmp.Diff(one, other); diff != "" {
				t.Errorf("%s, %d hours later: the order matters:\n%s", audience, hour, diff)
			}
		}
	}
}

func TestCheckAudience(t *testing.T) {
	t.Parallel()
	if err := access.CheckAudience("b", []string{"a", "b"}); err != nil {
		t.Error(err)
	}
	for says, issued := range map[string][]string{"There is: a, b.": {"a", "b"}, "There is none": nil} {
		err := access.CheckAudience("c", issued)
		if !errors.Is(err, access.ErrAudienceUnknown) || !strings.Contains(fault.Of(err).Fields["audience"][0], says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}
