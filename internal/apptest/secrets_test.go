package apptest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/countersign/countersign/internal/secret"
)

// recorder is a transport that keeps every answer.
type recorder struct {
	mu      sync.Mutex
	answers []recorded
}

type recorded struct {
	request string
	status  int
	body    []byte
	header  string
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = append(r.answers, recorded{req.Method + " " + req.URL.EscapedPath(), answer.StatusCode, body, fmt.Sprint(answer.Header)})
	return answer, err
}

// canaries are the values that must not turn up, by what they are.
type canaries map[string]string

// password returns a new one that nothing else contains.
func (c canaries) password(what string) string {
	c["password: "+what] = "Canary-" + Name() + "-9"
	return c["password: "+what]
}

// tokens remembers whole tokens and their parts.
func (c canaries) tokens(what string, t Tokens) Tokens {
	for kind, token := range map[string]string{"access": t.Access, "refresh": t.Refresh} {
		parts := strings.Split(token, ".")
		c[kind+" token: "+what], c[kind+" payload: "+what], c[kind+" signature: "+what] = token, parts[1], parts[2]
	}
	return t
}

// keys remembers the instance secret and every private key in the forms in which
// they could leak.
func (c canaries) keys(t *testing.T, s *Service) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(s.Secret)
	if err != nil {
		t.Fatal(err)
	}
	c.forms("instance secret", raw)
	root, err := secret.NewRoot(raw)
	if err != nil {
		t.Fatal(err)
	}
	records, err := s.App.Keys.Store.SigningKeys(context.Background())
	if err != nil || len(records) == 0 {
		t.Fatalf("%d signing keys, %v", len(records), err)
	}
	for _, r := range records {
		der, err := root.Box(secret.LabelSigningKeys).Open(r.Sealed, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		c.forms("private key", der)
		key, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			t.Fatal(err)
		}
		scalar, err := key.(*ecdsa.PrivateKey).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		c.forms("private scalar", scalar)
	}
}

func (c canaries) forms(what string, raw []byte) {
	c[what] = string(raw)
	c[what+" as base64"] = base64.RawStdEncoding.EncodeToString(raw)
	c[what+" as base64url"] = base64.RawURLEncoding.EncodeToString(raw)
	c[what+" as hex"] = hex.EncodeToString(raw)
}

// absent reports the canaries that are in a text, but for those that are let.
func (c canaries) absent(t *testing.T, where string, text []byte, let func(what string) bool) {
	t.Helper()
	for _, what := range slices.Sorted(maps.Keys(c)) {
		if !let(what) && bytes.Contains(text, []byte(c[what])) {
			t.Errorf("%s: the %s is in it", where, what)
		}
	}
}

func nothing(string) bool { return false }

// Cases M01, M06, M08: after a life of signing up, in, on and out, with every secret
// also sent where it does not belong, none is at rest, in the log at its most
// talkative level, or in an answer that is not its owner's.
func TestSecrets(t *testing.T) {
	t.Parallel()
	Each(t, Options{}, func(t *testing.T, s *Service) {
		answers := &recorder{}
		s.Client.Transport = answers
		c := canaries{}
		hashes := c.live(t, s)
		c.keys(t, s)

		kept := atRest(t, s)
		c.absent(t, "the database", kept, nothing)
		for _, hash := range hashes {
			if !bytes.Contains(kept, []byte(hash)) {
				t.Error("a password hash is not in the database: the scan sees nothing")
			}
		}
		for i, hash := range hashes {
			c[fmt.Sprint("hash ", i)] = hash
		}
		log := s.Log.String()
		if !strings.Contains(log, `"route":"POST /setup/{token}"`) {
			t.Error("the log does not have the requests: the scan sees nothing")
		}
		c.absent(t, "the log", []byte(log), nothing)
		for _, a := range answers.answers {
			where := fmt.Sprint("the answer to ", a.request, ", ", a.status)
			c.absent(t, where, []byte(a.header), nothing)
			c.absent(t, where, a.body, func(what string) bool {
				isToken := strings.HasPrefix(what, "access ") || strings.HasPrefix(what, "refresh ")
				return isToken && a.status == http.StatusOK && strings.Contains(a.request, "/api/token/") ||
					what == "reset token" && a.status == http.StatusCreated && strings.Contains(a.request, "/reset-link")
			})
		}
	})
}

// live does everything that has to do with secrets, and returns the hashes.
func (c canaries) live(t *testing.T, s *Service) []string {
	t.Helper()
	link := setupToken(t, s)
	c["setup token"] = link
	form := setupRequest(link, "root-of-all")
	form.Form.Set("password", c.password("of the superuser"))
	form.Form.Set("password_again", form.Form.Get("password"))
	s.Do(t, form).Must(t, http.StatusCreated)
	admin := Person{Username: "root-of-all", Password: form.Form.Get("password")}
	admin.Tokens = c.tokens("of the superuser", s.SignIn(t, admin))

	p := s.Register(t, Name(), c.password("registered"))
	p.Tokens = c.tokens("first", s.SignIn(t, p))
	second := c.tokens("second", s.SignIn(t, p))
	c.tokens("refreshed", next(t, s, p.Refresh))
	s.Refresh(t, p.Refresh)
	c.misplace(t, s, p, link)

	s.Do(t, Request{Method: "POST", Path: "/api/v1/me/password", As: second.Access, JSON: map[string]string{
		"current_password": c.password("wrong current"), "new_password": c.password("not taken")}}).Must(t, http.StatusBadRequest)
	s.Do(t, Request{Method: "POST", Path: "/api/v1/me/password", As: second.Access, JSON: map[string]string{
		"current_password": p.Password, "new_password": c.password("changed")}}).Must(t, http.StatusNoContent)
	p.Password = c["password: changed"]
	third := c.tokens("third", s.SignIn(t, p))
	s.Do(t, Request{Method: "POST", Path: "/api/token/blacklist/", JSON: map[string]string{"refresh": third.Refresh}}).Must(t, http.StatusOK)
	s.Do(t, Request{Method: "PUT", Path: "/api/v1/users/" + p.ID + "/password", As: admin.Access,
		JSON: map[string]string{"password": c.password("set")}}).Must(t, http.StatusNoContent)
	c.reset(t, s, admin, p)
	s.Do(t, Request{Method: "POST", Path: "/api/v1/users", As: admin.Access,
		JSON: map[string]string{"username": "created-by-admin", "password": c.password("created")}}).Must(t, http.StatusCreated)
	s.CheckChain(t)

	rows, err := s.SQL(t).QueryContext(context.Background(), `SELECT password FROM users`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var hashes []string
	for rows.Next() {
		var hash string
		if err := rows.Scan(&hash); err != nil || !strings.HasPrefix(hash, "$argon2id$") {
			t.Errorf("a stored password is %.12q, %v", hash, err)
		}
		hashes = append(hashes, hash)
	}
	if err := rows.Err(); err != nil || len(hashes) != 3 {
		t.Fatalf("%d hashes, %v", len(hashes), err)
	}
	return hashes
}

// reset sets a password by a link, which is also looked at and used again.
func (c canaries) reset(t *testing.T, s *Service, admin, p Person) {
	t.Helper()
	made := s.Do(t, Request{Method: "POST", Path: "/api/v1/users/" + p.ID + "/reset-link", As: admin.Access}).Must(t, http.StatusCreated).Text("url")
	token := made[strings.LastIndex(made, "/")+1:]
	c["reset token"] = token
	form := Request{Method: "POST", Path: "/account/reset/" + token, Header: map[string]string{"Sec-Fetch-Site": "same-origin"},
		Form: map[string][]string{"password": {c.password("reset")}, "password_again": {c["password: reset"]}}}
	s.Do(t, Request{Path: form.Path}).Must(t, http.StatusOK)
	s.Do(t, form).Must(t, http.StatusSeeOther)
	s.Do(t, form).Must(t, http.StatusNotFound)
	s.Do(t, Request{Path: "/api/v1/users/" + token, As: admin.Access}).Must(t, http.StatusBadRequest)
}

// misplace sends secrets where they do not belong.
func (c canaries) misplace(t *testing.T, s *Service, p Person, link string) {
	t.Helper()
	typed, wrong := c.password("typed as the username"), c.password("wrong")
	for _, r := range []Request{
		{Method: "POST", Path: "/api/token/", JSON: map[string]string{"username": typed, "password": wrong}},
		{Method: "POST", Path: "/api/token/", JSON: map[string]string{"username": p.Username, "password": wrong}},
		{Method: "POST", Path: "/api/token/", Body: []byte(`{"username":"a","password":"` + wrong + `"`), ContentType: "application/json"},
		{Method: "POST", Path: "/api/token/", Body: []byte(wrong), ContentType: "text/plain"},
		{Method: "POST", Path: "/api/token/", JSON: map[string]any{"username": []string{wrong}, "password": map[string]string{"x": wrong}}},
		{Method: "POST", Path: "/api/register/", JSON: map[string]string{"username": p.Username, "password": c.password("of a taken name")}},
		{Method: "POST", Path: "/api/register/", JSON: map[string]string{"username": "a b", "password": wrong, "email": wrong}},
		{Method: "POST", Path: "/api/token/refresh/", JSON: map[string]string{"refresh": p.Access}},
		{Method: "POST", Path: "/api/token/refresh/", JSON: map[string]string{"refresh": p.Refresh[:len(p.Refresh)-2]}},
		{Method: "POST", Path: "/api/token/verify/", JSON: map[string]string{"token": p.Refresh + "x"}},
		{Path: "/api/protected/", As: p.Refresh},
		{Path: "/api/v1/me", As: p.Refresh},
		{Path: "/api/v1/me", As: p.Access + "x"},
		{Path: "/api/protected/?token=" + p.Access},
		{Path: "/api/v1/users?cursor=" + p.Access, As: p.Access},
		{Path: "/api/v1/users/" + p.Access, As: p.Access},
		{Path: "/" + p.Refresh},
		{Path: "/setup/" + link},
		{Path: "/setup/" + link + "x"},
		{Method: "POST", Path: "/setup/" + link, Form: map[string][]string{"username": {"x"}, "password": {wrong}, "password_again": {wrong}}},
		{Method: "PATCH", Path: "/api/v1/me", As: p.Access, JSON: map[string]string{"password": wrong}},
		{Method: "PATCH", Path: "/api/v1/me", As: p.Access, JSON: map[string]any{"email": []string{wrong}}},
		{Path: "/api/protected/", Header: map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(p.Username+":"+wrong))}},
		{Path: "/api/protected/", Header: map[string]string{"Cookie": "access=" + p.Access}},
	} {
		if a := s.Do(t, r); a.Status < 400 || a.Status >= 500 {
			t.Errorf("%s %s: status %d: %s", r.Method, r.Path, a.Status, a.Body)
		}
	}
}

// atRest is everything that the database keeps.
func atRest(t *testing.T, s *Service) []byte {
	t.Helper()
	if s.o.Kind == "sqlite" {
		var all []byte
		for _, suffix := range []string{"", "-wal", "-journal"} {
			content, err := os.ReadFile(s.SQLitePath() + suffix)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			all = append(all, content...)
		}
		return all
	}
	db := s.SQL(t)
	schema := map[string]string{"postgres": "'public'", "mysql": "DATABASE()"}[s.o.Kind]
	tables := cells(t, db, `SELECT table_name FROM information_schema.tables WHERE table_schema = `+schema)
	if len(tables) < 14 {
		t.Fatalf("only %d tables", len(tables))
	}
	var all []byte
	for _, table := range tables {
		for _, cell := range cells(t, db, `SELECT * FROM `+string(table)) {
			all = append(append(all, cell...), '\n')
		}
	}
	return all
}

// cells returns every value that a query gives, as bytes.
func cells(t *testing.T, db *sql.DB, query string) [][]byte {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for rows.Next() {
		row, into := make([][]byte, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, row...)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
