package config

import (
	"errors"
	"fmt"
	"math"
	"net/textproto"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/secret"

	"github.com/countersign/countersign/internal/strictjson"
)

// none is the name of a claim that is neither written nor required.
const none = "none"

// translated is one setting that SIMPLE_JWT gives, as a layer would.
type translated struct {
	django string // the name in SIMPLE_JWT
	key    string
	value  any
}

// translation turns the members of SIMPLE_JWT into settings.
type translation struct {
	fields    []field
	algorithm string // of SIMPLE_JWT, where it gives one
	effective string // what is in force whoever gave it
	settings  []translated
	problems  Error
	unknown   Error // names that simplejwt does not know either
	warnings  []string
}

// translate reads the members of SIMPLE_JWT. The algorithm is the one that is in
// force if SIMPLE_JWT does not say which. Problems and warnings start with the
// name in SIMPLE_JWT and show no secret.
func translate(members strictjson.Object, algorithm string, explicit bool) *translation {
	t := &translation{fields: fields(), algorithm: algorithmHS256, effective: algorithm}
	if own, ok := members.Get("ALGORITHM"); ok {
		t.algorithm, _ = own.(string)
		if !explicit {
			t.effective = t.algorithm
		}
	}
	for _, m := range members {
		switch f, known := t.field(m); {
		case known:
			t.add(f, m)
		default:
			t.other(m)
		}
	}
	return t
}

// field returns the setting of a member. SIGNING_KEY is the shared secret or the
// private key, by the algorithm. A key in PEM belongs to the algorithm in force
// where SIMPLE_JWT names none; any other text is what Django signed with.
func (t *translation) field(m strictjson.Member) (field, bool) {
	key := ""
	if m.Name == "SIGNING_KEY" {
		text, _ := m.Value.(string)
		key = "signing_secret"
		if !symmetric(t.algorithm) || !symmetric(t.effective) && strings.HasPrefix(strings.TrimSpace(text), pemBegin) {
			key = "signing_key"
		}
	}
	for _, f := range t.fields {
		if f.django == m.Name && f.django != "" && (key == "" || f.key == key) {
			return f, true
		}
	}
	return field{}, false
}

func (t *translation) add(f field, m strictjson.Member) {
	if m.Value == nil && f.nullable() || f.key == "verifying_key" && (m.Value == "" || symmetric(t.effective)) {
		return // as if it were not there; simplejwt ignores the public key with a shared secret
	}
	value, err := f.fromDjango(m.Value)
	if err != nil {
		t.problems.add(m.Name, "%v", err)
		return
	}
	if d, ok := value.(time.Duration); ok {
		if whole := d.Truncate(time.Second); whole != d && f.key != "leeway" {
			t.warnings = append(t.warnings, m.Name+": the fraction of a second is left out, as tokens hold whole ones")
			d = whole
		}
		value = d.String()
	}
	t.settings = append(t.settings, translated{django: m.Name, key: f.key, value: value})
}

// nullable reports whether null means what leaving the name out means.
func (f field) nullable() bool {
	switch f.key {
	case "signing_secret", "signing_key", "verifying_key", "jwk_url", "issuer", "audience":
		return true
	default:
		return false
	}
}

// fromDjango returns a value of SIMPLE_JWT as a layer would give it, a lifetime as
// a time.Duration. Its errors do not show the value.
func (f field) fromDjango(value any) (any, error) {
	switch f.key {
	case "algorithm":
		// PyJWT names the algorithm by its curve too.
		if value == "ES521" {
			return "ES512", nil
		}
	case "user_id_field":
		if value == "pk" {
			return "id", nil
		}
	case "token_type_claim", "jti_claim":
		if value == nil {
			return none, nil
		}
	case "auth_header_name":
		return headerName(value)
	case "auth_token_types":
		return tokenTypes(value)
	case "auth_header_types", "audience":
		if text, ok := value.(string); ok {
			value = []any{text}
		}
	}
	switch reflect.TypeFor[Config]().Field(f.index).Type {
	case reflect.TypeFor[time.Duration]():
		return seconds(value)
	case reflect.TypeFor[bool]():
		if _, ok := value.(bool); !ok {
			return nil, errors.New("wants true or false")
		}
	case reflect.TypeFor[[]string]():
		return texts(value)
	case reflect.TypeFor[string](), reflect.TypeFor[secret.Text]():
		if text, ok := value.(string); !ok || text == "" {
			return nil, errors.New("wants a string that is not empty")
		}
	}
	return value, nil
}

// texts returns a list of strings, none of them empty.
func texts(value any) ([]any, error) {
	items, ok := value.([]any)
	for _, item := range items {
		text, is := item.(string)
		ok = ok && is && strings.TrimSpace(text) != ""
	}
	if !ok || len(items) == 0 {
		return nil, errors.New("wants a list of strings that are not empty")
	}
	return items, nil
}

// seconds reads a time in seconds. What no setting can hold is refused here, so
// that it fits.
func seconds(value any) (time.Duration, error) {
	text, ok := value.(strictjson.Number)
	if !ok {
		return 0, errors.New("wants a number of seconds, without quotes")
	}
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.Abs(n) > maxDays*24*60*60 {
		return 0, fmt.Errorf("is more than %d days", maxDays)
	}
	whole, part := math.Modf(n)
	return time.Duration(whole)*time.Second + time.Duration(math.Round(part*1e9)), nil
}

// headerName turns Django's name of a request header, HTTP_X_ACCESS_TOKEN, into
// the one that is sent, X-Access-Token.
func headerName(value any) (any, error) {
	text, _ := value.(string)
	name, ok := strings.CutPrefix(text, "HTTP_")
	if !ok || name == "" || name != strings.ToUpper(name) || strings.Contains(name, "-") {
		return nil, errors.New("wants a header in Django's form, such as HTTP_AUTHORIZATION or HTTP_X_ACCESS_TOKEN")
	}
	return textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-")), nil
}

// tokenTypes turns classes of tokens into their types.
func tokenTypes(value any) (any, error) {
	items, err := texts(value)
	if err != nil {
		return nil, err
	}
	types := make([]any, len(items))
	for i, item := range items {
		switch strings.TrimPrefix(item.(string), "rest_framework_simplejwt.tokens.") {
		case "AccessToken":
			types[i] = "access"
		case "SlidingToken":
			types[i] = "sliding"
		default:
			return nil, errors.New("wants AccessToken, SlidingToken or both: other classes of tokens have no equivalent here")
		}
	}
	return types, nil
}
