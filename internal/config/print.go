package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/internal/secret"
)

// Setting is one line of `config print`.
type Setting struct {
	// Key is the name in the file.
	Key string `json:"key"`
	// Env is the environment variable.
	Env string `json:"env"`
	// Value is the value in effect; a secret is [redacted], of a database URL the
	// password is.
	Value string `json:"value"`
	// Origin is where it came from: default, preset simplejwt, file PATH,
	// environment NAME or flag --name.
	Origin string `json:"origin"`
	// Doc is what it means.
	Doc string `json:"doc"`
	// Group is the heading that people find it under.
	Group string `json:"-"`
}

// Settings lists the values in effect, in the order of Config.
func (c *Config) Settings() []Setting {
	texts := docs()
	value := reflect.ValueOf(c).Elem()
	var listed []Setting
	for _, f := range fields() {
		listed = append(listed, Setting{
			Key: f.key, Env: f.env(), Doc: texts[f.key], Group: f.group,
			Value:  f.show(value.Field(f.index).Interface()),
			Origin: c.origins[f.key].String(),
		})
	}
	return listed
}

// show writes a value as a layer could give it, and secrets not at all.
func (f field) show(value any) string {
	switch v := value.(type) {
	case secret.Text:
		switch {
		case v.IsZero():
			return ""
		case f.key == "database_url":
			return RedactURL(v.Reveal())
		default:
			return redacted
		}
	case time.Duration:
		return formatDuration(v)
	case time.Time:
		return formatInstant(v)
	case string:
		// A key in PEM has several lines, and a value is shown on one.
		return strings.NewReplacer("\r", "", "\n", `\n`).Replace(v)
	case []string:
		return strings.Join(v, ",")
	case []netip.Prefix:
		texts := make([]string, len(v))
		for i, p := range v {
			texts[i] = p.String()
		}
		return strings.Join(texts, ",")
	case bool:
		return strconv.FormatBool(v)
	default:
		return fmt.Sprint(v)
	}
}

// Reference returns the page of the guide that lists every setting, in Markdown.
func Reference() string {
	var page strings.Builder
	page.WriteString(referenceHead)
	texts := docs()
	group := ""
	for _, f := range fields() {
		if f.group != group {
			group = f.group
			fmt.Fprintf(&page, referenceGroup, group)
		}
		fmt.Fprintf(&page, "| `%s` | `%s` | %s | %s | %s |\n", f.key, f.variables(), f.djangoText(), f.defaultText(), cell(f.meaning(texts[f.key])))
	}
	return page.String()
}

func (f field) variables() string {
	if f.secretText {
		return f.env() + "`, `" + f.env() + strings.ToUpper(fileSuffix)
	}
	return f.env()
}

func (f field) djangoText() string {
	if f.django == "" {
		return ""
	}
	return "`" + f.django + "`"
}

func (f field) defaultText() string {
	switch {
	case f.derived != "":
		return cell("`" + f.derived + "`")
	case f.def == "":
		return "none"
	default:
		return "`" + f.def + "`"
	}
}

// meaning is the comment with what is allowed and what the preset makes of it.
func (f field) meaning(text string) string {
	if f.oneof != nil {
		text += " One of `" + strings.Join(nonEmpty(f.oneof), "`, `") + "`."
	}
	if f.upper != "" {
		text += fmt.Sprintf(" From %s to %s.", f.lower, f.upper)
	}
	switch {
	case f.needs == ownTokens:
		text += " Not with the preset simplejwt."
	case f.needs != "":
		text += " Only with the preset simplejwt."
	case f.inPreset && f.preset == "":
		text += " Preset simplejwt: none."
	case f.inPreset:
		text += " Preset simplejwt: `" + f.preset + "`."
	}
	return text
}

// cell keeps a text inside its cell of a Markdown table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

const referenceHead = `# Configuration

This page is generated from the comments on the settings in the source.

A setting comes from six places, the later winning:

1. its default,
2. the preset, when one is chosen,
3. with the preset simplejwt: ` + "`COUNTERSIGN_SIMPLEJWT`" + `, a JSON object with the names of Django's ` + "`SIMPLE_JWT`" + `,
4. the file ` + "`countersign.toml`" + ` in the working directory, or the one that ` + "`--config`" + ` or
   ` + "`COUNTERSIGN_CONFIG`" + ` names,
5. the environment variable,
6. the flag, which is the key with dashes (` + "`--public-url`" + `), for the commands that have it.

` + "`countersign config print`" + ` shows every value and where it came from, ` + "`countersign config check`" + ` every
problem at once. A name that does not exist is an error, in the file and in the environment. Not read as settings are
` + "`COUNTERSIGN_TEST_*`, `COUNTERSIGN_SUPERUSER_PASSWORD`" + ` and what Kubernetes injects for a service called countersign:
` + "`COUNTERSIGN_SERVICE_*`, `COUNTERSIGN_PORT`, `COUNTERSIGN_PORT_*`" + `.

Secrets come from the environment, or from a file that the variable with ` + "`_FILE`" + ` names (in the file and as a flag too:
` + "`secret_file`, `--secret-file`" + `); a newline at its end does not count. ` + "`secret`, `signing_secret` and `signing_key`" + `
themselves are refused in the file and as flags, and so is a ` + "`simplejwt`" + ` that holds a SIGNING_KEY. Durations are written as 250ms, 10s, 5m, 12h or 14d; lists with commas between
the items, in the file also as lists.

The column Django has the name that ` + "`COUNTERSIGN_SIMPLEJWT`" + ` knows a setting by, as in
` + "`{\"ACCESS_TOKEN_LIFETIME\": 600, \"AUTH_HEADER_TYPES\": [\"JWT\"], \"AUDIENCE\": null}`" + `. Lifetimes and LEEWAY are numbers of
seconds there. SIGNING_KEY is the shared secret or the private key, by the algorithm. Names whose values are Python code
(serializers, rules) are accepted with a warning that they have no equivalent; any other name is an error.
`

// referenceGroup begins a table; it takes the heading.
const referenceGroup = `
## %s

| Key | Environment variable | Django | Default | Meaning |
|---|---|---|---|---|
`
