package simplejwt

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// bodyOf returns the answer to an error as the client gets it.
func bodyOf(t *testing.T, err error) string {
	t.Helper()
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		t.Fatalf("%v is no refusal", err)
	}
	content, err := render(r.body, format{})
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func inputOf(t *testing.T, body string) input {
	t.Helper()
	in, err := readJSON([]byte(body), charsetUTF8)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestReadFieldsOfSignIn(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{}`:                                               `{"username":["This field is required."],"password":["This field is required."]}`,
		`{"username":"alice"}`:                             `{"password":["This field is required."]}`,
		`{"Username":"a","password":"x"}`:                  `{"username":["This field is required."]}`,
		`{"password":null,"username":"a"}`:                 `{"password":["This field may not be null."]}`,
		`{"username":"   ","password":"  "}`:               `{"username":["This field may not be blank."],"password":["This field may not be blank."]}`,
		`{"username":"","password":"\u001c\u0085\u3000"}`:  `{"username":["This field may not be blank."],"password":["This field may not be blank."]}`,
		`{"username":true,"password":false}`:               `{"username":["Not a valid string."],"password":["Not a valid string."]}`,
		`{"username":[],"password":{}}`:                    `{"username":["Not a valid string."],"password":["Not a valid string."]}`,
		`{"username":"al\u0000ice","password":"x"}`:        `{"username":["Null characters are not allowed."]}`,
		`{"username":"\ud800","password":"x"}`:             `{"username":["Surrogate characters are not allowed: U+D800."]}`,
		`{"username":"a","password":"\u0000\udfff\ud800"}`: `{"password":["Null characters are not allowed.","Surrogate characters are not allowed: U+DFFF."]}`,
		`[]`:                 `{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`,
		`[{"username":"a"}]`: `{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`,
		`"abc"`:              `{"non_field_errors":["Invalid data. Expected a dictionary, but got str."]}`,
		`1`:                  `{"non_field_errors":["Invalid data. Expected a dictionary, but got int."]}`,
		`1.0`:                `{"non_field_errors":["Invalid data. Expected a dictionary, but got float."]}`,
		`true`:               `{"non_field_errors":["Invalid data. Expected a dictionary, but got bool."]}`,
		`null`:               `{"non_field_errors":["No data provided"]}`,
	} {
		a := &API{Preset: true}
		_, err := readFields(inputOf(t, body), []field{{name: "username"}, a.passwordField()})
		if got := bodyOf(t, err); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

func TestReadFieldsTrims(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		preset             bool
		body               string
		username, password string
	}{
		{true, `{"username":"  alice\n","password":" Str0ng "}`, "alice", "Str0ng"},
		{false, `{"username":"  alice\n","password":" Str0ng\n"}`, "alice", " Str0ng\n"},
		{false, `{"username":"\u001calice\u001f","password":"\u001dx"}`, "alice", "\x1dx"},
		{false, `{"username":12345,"password":1.50}`, "12345", "1.5"},
		{false, `{"username":"a","password":"b","is_superuser":true,"id":1}`, "a", "b"},
	} {
		a := &API{Preset: c.preset}
		texts, err := readFields(inputOf(t, c.body), []field{{name: "username"}, a.passwordField()})
		if err != nil || texts["username"] != c.username || texts["password"] != c.password || len(texts) != 2 {
			t.Errorf("%s: %q, %v, want %q and %q", c.body, texts, err, c.username, c.password)
		}
	}
}

// Case H06: what a client sends beside the fields of a registration is not there.
func TestReadFieldsOfRegistration(t *testing.T) {
	t.Parallel()
	const badName = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
	long := strings.Repeat("u", 151)
	for _, c := range []struct {
		preset     bool
		body, want string // want "" is no error
	}{
		{false, `{}`, `{"username":["This field is required."],"password":["This field is required."]}`},
		{false, `{"username":null,"email":null,"password":null}`, `{"username":["This field may not be null."],"email":["This field may not be null."],"password":["This field may not be null."]}`},
		{false, `{"username":[],"email":{},"password":true}`, `{"username":["Not a valid string."],"email":["Enter a valid email address."],"password":["Not a valid string."]}`},
		{false, `{"username":"bob smith","password":"x"}`, `{"username":["` + badName + `"]}`},
		{false, `{"username":"a\u0000b","password":"x"}`, `{"username":["` + badName + `","Null characters are not allowed."]}`},
		{false, `{"username":"a\ud800","password":"x"}`, `{"username":["` + badName + `","Surrogate characters are not allowed: U+D800."]}`},
		{false, `{"username":"` + long + `","password":"x"}`, `{"username":["Ensure this field has no more than 150 characters."]}`},
		{false, `{"username":"bob!","email":"x"}`, `{"username":["` + badName + `"],"email":["Enter a valid email address."],"password":["This field is required."]}`},
		{false, `{"username":"bob","email":"a\u0000@b.example","password":"x"}`, `{"email":["Null characters are not allowed.","Enter a valid email address."]}`},
		{false, `{"username":"bob","email":"` + strings.Repeat("a", 243) + `@example.com","password":"x"}`, `{"email":["Ensure this field has no more than 254 characters."]}`},
		{true, `{"username":"bob","password":"` + strings.Repeat("é", 129) + `"}`, `{"password":["Ensure this field has no more than 128 characters."]}`},
		{true, `{"username":"bob","password":" ` + strings.Repeat("é", 128) + ` "}`, ""},
		{false, `{"username":"bob","password":"` + strings.Repeat("é", 129) + `"}`, ""},
		{false, `{"username":"ｂｏｂ","email":"","password":"x","is_staff":true,"is_superuser":true,"id":7,"roles":["admin"]}`, ""},
		{false, `{"username":"Zoë.日本-1_@+","email":"a@exämple.com","password":"x"}`, ""},
	} {
		a := &API{Preset: c.preset}
		texts, err := readFields(inputOf(t, c.body), a.registerFields())
		switch {
		case c.want != "":
			if got := bodyOf(t, err); got != c.want {
				t.Errorf("%.80s: %s, want %s", c.body, got, c.want)
			}
		case err != nil || len(texts) != 3:
			t.Errorf("%.80s: %q, %v", c.body, texts, err)
		}
	}
}

// The bytes are those of the original, and any reader of JSON takes them.
func TestRender(t *testing.T) {
	t.Parallel()
	awkward := "<&>\"\\/é😀\u2028\u2029\b\f\n\r\t\x01\x7f"
	for indent := range maxIndent + 1 {
		content, err := render(object{{"a", awkward}, {"b", object{}}, {"c", []string{}}}, format{indent})
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]any
		if err := json.Unmarshal(content, &back); err != nil || back["a"] != awkward {
			t.Errorf("indent %d: %s: %v", indent, content, err)
		}
	}
	content, _ := render(object{{"a", awkward}, {"b", object{}}}, format{})
	want := `{"a":"<&>\"\\/é😀\u2028\u2029\b\f\n\r\t\u0001` + "\x7f" + `","b":{}}`
	if string(content) != want {
		t.Errorf("%s, want %s", content, want)
	}
	content, _ = render(object{{"password", []string{"x"}}, {"b", object{}}}, format{4})
	if want := "{\n    \"password\": [\n        \"x\"\n    ],\n    \"b\": {}\n}"; string(content) != want {
		t.Errorf("%s, want %s", content, want)
	}
}
