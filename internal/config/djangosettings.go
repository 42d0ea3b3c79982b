package config

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/countersign/countersign/internal/strictjson"
)

// DjangoExportCommand is the command, one line for a shell in the folder of the
// Django project, that writes django-settings.json for FromDjango: lifetimes in
// seconds, tuples as lists, classes and functions by their dotted names. The file
// holds the secrets of the service and is for its owner alone. It works with
// Django 3.2 to 5.2.
const DjangoExportCommand = `python manage.py shell -c "` +
	`import datetime, json, os; from django.conf import settings as s; import rest_framework_simplejwt as j; ` +
	`names = ('SECRET_KEY', 'SIMPLE_JWT', 'ALLOWED_HOSTS', 'AUTH_USER_MODEL', 'INSTALLED_APPS'); ` +
	`plain = lambda o: o.total_seconds() if isinstance(o, datetime.timedelta) else o.decode() if isinstance(o, bytes) ` +
	`else o.__module__ + '.' + o.__qualname__ if hasattr(o, '__qualname__') else list(o) if isinstance(o, (set, frozenset)) else str(o); ` +
	`f = os.fdopen(os.open('django-settings.json', os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w'); ` +
	`json.dump(dict({n: getattr(s, n) for n in names if hasattr(s, n)}, SIMPLEJWT_VERSION=j.__version__), f, default=plain); ` +
	`f.close()"`

const (
	// maxDjangoExport is the most that an export may hold, in bytes.
	maxDjangoExport = 1 << 20
	// djangoBridge is how long the tokens of Django are accepted after the move.
	djangoBridge = 30
	djangoOrigin = "Django's settings"
	blacklistApp = "rest_framework_simplejwt.token_blacklist"
)

// DjangoSettings are the settings of a Django service, by our names. They hold
// its secrets and print none of them.
type DjangoSettings struct {
	userModel string
	settings  []translated
	warnings  []string
}

// Format implements fmt.Formatter, so that no verb reaches a secret.
func (d DjangoSettings) Format(s fmt.State, _ rune) { fmt.Fprint(s, djangoOrigin+" "+redacted) }

// UserModel returns AUTH_USER_MODEL: "auth.User" unless the project has its own.
func (d *DjangoSettings) UserModel() string { return d.userModel }

// FromDjango reads the export that DjangoExportCommand writes: a JSON object with
// SECRET_KEY, SIMPLE_JWT and, where they are there, ALLOWED_HOSTS,
// AUTH_USER_MODEL, INSTALLED_APPS and SIMPLEJWT_VERSION. Other members are
// ignored. The error is an *Error with every problem, and shows no secret.
func FromDjango(r io.Reader) (*DjangoSettings, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxDjangoExport+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", djangoOrigin, err)
	}
	problems := &Error{}
	if len(text) > maxDjangoExport {
		problems.add(djangoOrigin, "hold more than %d bytes", maxDjangoExport)
		return nil, problems
	}
	export, err := strictjson.ReadObject(text)
	if err != nil {
		problems.add(djangoOrigin, "the export %v", err)
		return nil, problems
	}
	e := &djangoExport{Object: export, problems: problems}
	d := e.settings()
	if err := problems.orNil(); err != nil {
		return nil, err
	}
	return d, nil
}

// djangoExport is an export that is read.
type djangoExport struct {
	strictjson.Object
	problems *Error
}

func (e *djangoExport) bad(name string, err error) {
	e.problems.add(djangoOrigin+": "+name, "%v", err)
}

func (e *djangoExport) settings() *DjangoSettings {
	t := e.simpleJWT()
	d := &DjangoSettings{userModel: "auth.User", settings: t.settings}
	for _, problem := range t.unknown.Problems {
		d.warnings = append(d.warnings, "SIMPLE_JWT: "+problem+"; it is not used")
	}
	for _, warning := range t.warnings {
		d.warnings = append(d.warnings, "SIMPLE_JWT: "+warning)
	}
	if value, ok := e.Get("AUTH_USER_MODEL"); ok {
		d.userModel, _ = value.(string)
		if err := checkText(d.userModel); err != nil {
			e.bad("AUTH_USER_MODEL", errors.New("wants a string such as auth.User"))
		}
	}
	d.fit()
	e.blacklist(d)
	e.hosts(d)
	if i := d.find("user_id_field"); e.numericIDs() && (i < 0 || d.settings[i].value == "id") {
		d.settings = append(d.settings, translated{django: "the version of simplejwt", key: "int_user_id", value: true})
	}
	return d
}

// simpleJWT translates SIMPLE_JWT, in which SECRET_KEY is the shared secret where
// there is no other.
func (e *djangoExport) simpleJWT() *translation {
	value, _ := e.Get("SIMPLE_JWT")
	members, ok := value.(strictjson.Object)
	if value != nil && !ok {
		e.bad("SIMPLE_JWT", errors.New("is not an object"))
	}
	t := translate(members, algorithmHS256, false)
	for _, problem := range t.problems.Problems {
		e.problems.Problems = append(e.problems.Problems, djangoOrigin+": "+problem)
	}
	if _, own := members.Get("SIGNING_KEY"); own || !symmetric(t.algorithm) {
		return t
	}
	value, _ = e.Get("SECRET_KEY")
	text, _ := value.(string)
	if text == "" || strings.HasSuffix(text, "\r") { // a file with a secret loses the end of its line
		e.bad("SECRET_KEY", errors.New("wants a string that is not empty and has no line after it"))
	}
	t.settings = append(t.settings, translated{django: "SECRET_KEY", key: "signing_secret", value: text})
	return t
}

// blacklist leaves out a rotation that blacklists where Django had no blacklist:
// simplejwt is silent about that and blacklists nothing.
func (e *djangoExport) blacklist(d *DjangoSettings) {
	apps, _ := e.Get("INSTALLED_APPS")
	names, known := apps.([]any)
	listed := slices.ContainsFunc(names, func(app any) bool {
		name, _ := app.(string)
		return name == blacklistApp || strings.HasPrefix(name, blacklistApp+".")
	})
	if i := d.find("blacklist_after_rotation"); i >= 0 && known && !listed && d.settings[i].value == true {
		d.warn(i, "is not used: the app "+blacklistApp+" is not installed, so that nothing was blacklisted")
		d.settings = slices.Delete(d.settings, i, i+1)
	}
}

// hosts takes over ALLOWED_HOSTS without the patterns that match no host.
func (e *djangoExport) hosts(d *DjangoSettings) {
	value, _ := e.Get("ALLOWED_HOSTS")
	items, ok := value.([]any)
	if value != nil && !ok {
		e.bad("ALLOWED_HOSTS", errors.New("is not a list"))
	}
	var hosts []any
	for _, item := range items {
		host, _ := item.(string)
		host = strings.ToLower(strings.TrimSpace(host))
		if err := checkHost(host); err != nil {
			d.warnings = append(d.warnings, fmt.Sprintf("ALLOWED_HOSTS: %s %v; it is left out", quote(host), err))
			continue
		}
		hosts = append(hosts, host)
	}
	if len(hosts) > 0 {
		d.settings = append(d.settings, translated{django: "ALLOWED_HOSTS", key: "allowed_hosts", value: hosts})
	}
}

// numericIDs reports whether the version of simplejwt is known and writes the
// user's id as a number, as those before 5.5.1 do.
func (e *djangoExport) numericIDs() bool {
	value, _ := e.Get("SIMPLEJWT_VERSION")
	text, _ := value.(string)
	var version [3]int
	for i, part := range strings.SplitN(text, ".", 3) {
		rest := strings.TrimLeft(part, "0123456789") // rc1, .dev3
		n, err := strconv.Atoi(strings.TrimSuffix(part, rest))
		if err != nil {
			break
		}
		version[i] = n
	}
	return version[0] > 0 && slices.Compare(version[:], []int{5, 5, 1}) < 0
}
