package apptest

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/access"
)

// What the preview shows is what the next sign-in gives, and it is no token.
func TestTokenPreview(t *testing.T) {
	t.Parallel()
	s := Start(t, Options{})
	admin, viewer, plain := s.Superuser(t), s.Holder(t, access.ViewUser), s.Someone(t)
	path := "/api/v1/users/" + viewer.ID + "/token-preview"
	var preview struct {
		Claims map[string]any
		Size   struct {
			Bytes        int
			Max          int  `json:"max_bytes"`
			Permissions  bool `json:"permissions_left_out"`
			RolesLeftOut bool `json:"roles_left_out"`
		}
	}
	s.Do(t, Request{Path: path, As: admin.Access}).Must(t, 200).Decode(t, &preview)
	if preview.Size.Bytes != len(viewer.Access) || preview.Size.Max != 8192 || preview.Size.Permissions || preview.Size.RolesLeftOut {
		t.Errorf("size %+v of a token of %d bytes", preview.Size, len(viewer.Access))
	}
	shown, issued := preview.Claims, Claims(t, viewer.Access)
	for name, value := range shown {
		if f, is := value.(float64); is {
			shown[name] = json.Number(strconv.FormatInt(int64(f), 10))
		}
	}
	for _, each := range []string{"jti", "sid", "iat", "exp"} {
		if shown[each] == nil {
			t.Errorf("%s is not shown", each)
		}
		delete(shown, each)
		delete(issued, each)
	}
	if diff := cmp.Diff(issued, shown); diff != "" {
		t.Errorf("shown and not issued (-issued +shown):\n%s", diff)
	}
	s.Run(t, []Scenario{
		{Name: "oneself_without_the_right", Request: Request{Path: "/api/v1/users/" + plain.ID + "/token-preview", As: plain.Access}, Status: 403, Code: "permission_denied"},
		{Name: "nobody", Request: Request{Path: "/api/v1/users/none/token-preview", As: admin.Access}, Status: 404, Code: "user_not_found"},
		{Name: "without_a_token", Request: Request{Path: path}, Status: 401},
	})
}
