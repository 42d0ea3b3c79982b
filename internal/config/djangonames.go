package config

import (
	"slices"
	"strings"

	"github.com/countersign/countersign/internal/nearest"
	"github.com/countersign/countersign/internal/strictjson"
)

// pythonNames are the names of SIMPLE_JWT whose values are Python code, and how
// the code ends that simplejwt has itself; for an empty end that is none.
var pythonNames = [...]struct{ name, own string }{
	{"JSON_ENCODER", ""},
	{"TOKEN_USER_CLASS", ".TokenUser"},
	{"USER_AUTHENTICATION_RULE", ".default_user_authentication_rule"},
	{"ON_LOGIN_SUCCESS", ".default_on_login_success"},
	{"ON_LOGIN_FAILED", ".default_on_login_failed"},
	{"TOKEN_OBTAIN_SERIALIZER", ".TokenObtainPairSerializer"},
	{"TOKEN_REFRESH_SERIALIZER", ".TokenRefreshSerializer"},
	{"TOKEN_VERIFY_SERIALIZER", ".TokenVerifySerializer"},
	{"TOKEN_BLACKLIST_SERIALIZER", ".TokenBlacklistSerializer"},
	{"SLIDING_TOKEN_OBTAIN_SERIALIZER", ".TokenObtainSlidingSerializer"},
	{"SLIDING_TOKEN_REFRESH_SERIALIZER", ".TokenRefreshSlidingSerializer"},
}

// removedNames are those that simplejwt itself refuses, and what took their place.
var removedNames = [...]struct{ name, instead string }{
	{"AUTH_HEADER_TYPE", "AUTH_HEADER_TYPES"},
	{"AUTH_TOKEN_CLASS", "AUTH_TOKEN_CLASSES"},
	{"SECRET_KEY", "SIGNING_KEY"},
	{"TOKEN_BACKEND_CLASS", "ALGORITHM"},
}

// other is a member that is no setting: Python code, or a name that is wrong.
func (t *translation) other(m strictjson.Member) {
	for _, p := range pythonNames {
		if p.name != m.Name {
			continue
		}
		path, _ := m.Value.(string)
		if m.Value != nil && (p.own == "" || !strings.HasPrefix(path, "rest_framework_simplejwt.") || !strings.HasSuffix(path, p.own)) {
			t.warnings = append(t.warnings, m.Name+": is Python code, which has no equivalent here, and is not used")
		}
		return
	}
	for _, r := range removedNames {
		if r.name == m.Name {
			t.unknown.add(m.Name, "is a name that simplejwt no longer has; write %s", r.instead)
			return
		}
	}
	t.unknown.add(quote(m.Name), "is not a name of SIMPLE_JWT; the nearest is %s", nearest.Name(strings.ToUpper(m.Name), t.names()))
}

// names lists what SIMPLE_JWT may hold, sorted.
func (t *translation) names() []string {
	var names []string
	for _, f := range t.fields {
		if f.django != "" {
			names = append(names, f.django)
		}
	}
	for _, p := range pythonNames {
		names = append(names, p.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
