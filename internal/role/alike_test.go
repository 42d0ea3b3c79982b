package role_test

import (
	"testing"

	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/store"
	"github.com/countersign/countersign/internal/store/storetest"
)

// Cases H24, L21: a name that looks like that of another role is refused.
func TestNames_alike(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, name := range []string{"Site admin", "straße", "Ꭰ clan", "level 2"} {
		f.role(name)
	}
	for _, name := range []string{
		"site admin", "SITE ADMIN", "Sitе admin", "ѕіtе аdmіn", "Site  admin", "Ｓｉｔｅ ａｄｍｉｎ", "Sιte admin", "STRASSE", "ꭰ clan", "𝐒𝐢𝐭𝐞 admin",
	} {
		_, err := f.Create(t.Context(), operator, role.Draft{Name: name})
		fails(t, name, err, role.ErrNameAlike)
		if err != nil && len(fault.Of(err).Fields["name"]) == 0 {
			t.Errorf("%q: the field is not named: %v", name, err)
		}
	}
	for _, name := range []string{"Site admins", "sité admin", "Siteadmin", "level 3", "уровень 2"} {
		_, err := f.Create(t.Context(), operator, role.Draft{Name: name})
		fails(t, name, err, nil)
	}
	_, err := f.Create(t.Context(), operator, role.Draft{Name: "Site admin"})
	fails(t, "the very name", err, role.ErrNameTaken)

	other := f.role("other")
	_, err = f.Update(t.Context(), operator, other.ID, role.Change{Name: new("SITE ADMIN")})
	fails(t, "a new name", err, role.ErrNameAlike)
	_, err = f.Update(t.Context(), operator, other.ID, role.Change{Name: new("Other")})
	fails(t, "one's own name in another case", err, nil)
}

// Of names that look the same and are made at once, one is kept.
func TestNames_alike_at_once(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		f := fixtureOn(t, db)
		names := []string{"admin", "Admin", "ADMIN", "аdmin", "admіn", "ａdmin"}
		kept := make([]bool, len(names))
		together(t, len(names), func(i int) error {
			_, err := f.Create(t.Context(), operator, role.Draft{Name: names[i]})
			kept[i] = err == nil
			if f := fault.Of(err); f != nil && f.Is(role.ErrNameAlike) {
				return nil
			}
			return err
		})
		n := 0
		for _, k := range kept {
			if k {
				n++
			}
		}
		equal(t, "how many were kept", n, 1)
	})
}
