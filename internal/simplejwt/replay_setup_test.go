package simplejwt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/access"
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

// stage is a service that is prepared for one case.
type stage struct {
	*apptest.Service
	secret string            // signs what is crafted
	public string            // the public key in force, PEM, where there is a pair
	values map[string]string // what {{name}} stands for
}

// operation is one step of a case's setup.
type operation struct {
	Op, Username, Password, Email, As, Path, Method, From, How string

	Encoded     *string
	Active      *bool `json:"is_active"`
	Staff       bool  `json:"is_staff"`
	Superuser   bool  `json:"is_superuser"`
	Groups      []string
	Perms       []access.Permission
	Fields      map[string]any
	Seconds     float64
	Headers     map[string]string
	Body        string
	Expect      int
	Header      map[string]any
	Claims      json.RawMessage
	Key         string
	SignAlg     string              `json:"sign_alg"`
	PayloadRaw  *string             `json:"payload_raw"`
	GroupRights []access.Permission `json:"group_perms"`
}

func (op operation) String() string { return fmt.Sprint(op.Op, " ", op.Username, op.As, " ", op.Path) }

var recorder = access.Command("replay")

func (st *stage) perform(t *testing.T, op operation) {
	t.Helper()
	var err error
	switch op.Op {
	case "user":
		err = st.insert(op)
	case "login":
		st.login(t, op)
	case "http":
		st.request(t, op)
	case "craft":
		st.values[op.As], err = st.craft(op)
	case "mutate":
		st.values[op.As], err = mutated(st.values[op.From], op.How)
	case "sleep":
		st.Advance(t, time.Duration(op.Seconds*float64(time.Second)))
	case "update":
		err = st.update(op)
	case "set_password":
		err = st.App.Accounts.SetPassword(context.Background(), recorder, st.id(t, op.Username), secret.New(op.Password))
	case "delete":
		err = st.App.Accounts.Delete(context.Background(), recorder, st.id(t, op.Username))
	default:
		err = fmt.Errorf("there is no operation %q", op.Op)
	}
	if err != nil {
		t.Errorf("%s: %v", op, err)
	}
}

// insert keeps an account as an import does: whatever the name and the password.
func (st *stage) insert(op operation) error {
	ctx, accounts := context.Background(), st.App.Accounts
	u := accounts.Naming.NormaliseUser(user.User{
		Username: op.Username, Email: op.Email, Active: op.Active == nil || *op.Active,
		Staff: op.Staff, Superuser: op.Superuser, JoinedAt: accounts.Now(),
	})
	if op.Encoded != nil {
		u.Password = secret.New(*op.Encoded)
	} else {
		encoded, err := accounts.Hasher.Hash(ctx, secret.New(op.Password))
		if err != nil {
			return err
		}
		u.Password = secret.New(encoded)
	}
	if err := accounts.InTx(ctx, func(tx account.Store) error {
		n, err := tx.NextUserNumber(ctx)
		if err != nil {
			return err
		}
		u.ID = ident.UserID(strconv.FormatInt(n, 10))
		return tx.InsertUser(ctx, u)
	}); err != nil {
		return err
	}
	return st.entitle(u.ID, op)
}

// entitle gives an account its groups and permissions.
func (st *stage) entitle(id ident.UserID, op operation) error {
	ctx, roles := context.Background(), st.App.Roles
	for _, p := range append(op.Perms, op.GroupRights...) {
		if _, err := roles.CreatePermission(ctx, recorder, role.Permission{Name: p}); err != nil {
			return err
		}
	}
	for _, p := range op.Perms {
		if err := roles.GrantToUser(ctx, recorder, role.Grant{To: id, Permission: p}); err != nil {
			return err
		}
	}
	for _, name := range op.Groups {
		made, err := roles.Create(ctx, recorder, role.Draft{Name: name, Permissions: op.GroupRights})
		if err != nil {
			return err
		}
		if err := roles.Assign(ctx, recorder, role.Assignment{To: id, Role: made.ID}); err != nil {
			return err
		}
	}
	return nil
}

func (st *stage) id(t *testing.T, username string) ident.UserID {
	t.Helper()
	u, err := st.App.Accounts.UserByName(context.Background(), recorder, username)
	if err != nil {
		t.Errorf("look for %s: %v", username, err)
	}
	return u.ID
}

func (st *stage) update(op operation) error {
	ctx, accounts := context.Background(), st.App.Accounts
	u, err := accounts.UserByName(ctx, recorder, op.Username)
	for name, value := range op.Fields {
		flag, isFlag := value.(bool)
		switch {
		case err != nil:
		case name == "is_active" && isFlag && !flag:
			err = accounts.Disable(ctx, recorder, u.ID)
		case name == "is_staff" && isFlag:
			_, err = accounts.Update(ctx, recorder, u.ID, account.Change{Staff: &flag})
		default:
			err = fmt.Errorf("nobody said how %s becomes %v", name, value)
		}
	}
	return err
}

func (st *stage) login(t *testing.T, op operation) {
	t.Helper()
	path := op.Path
	if path == "" {
		path = "/api/token/"
	}
	answer := st.Do(t, apptest.Request{Method: "POST", Path: path, JSON: map[string]string{"username": op.Username, "password": op.Password}})
	if answer.Status != 200 {
		t.Errorf("sign-in of %s: %d %s", op.Username, answer.Status, answer.Body)
	}
	st.keep(op.As, answer)
}

func (st *stage) request(t *testing.T, op operation) {
	t.Helper()
	answer := st.Do(t, apptest.Request{Method: op.Method, Path: op.Path, Body: []byte(st.fill(op.Body)), Header: op.Headers})
	if op.Expect != 0 && answer.Status != op.Expect {
		t.Errorf("%s %s: %d, want %d: %s", op.Method, op.Path, answer.Status, op.Expect, answer.Body)
	}
	st.keep(op.As, answer)
}

// keep remembers the tokens of an answer.
func (st *stage) keep(as string, answer apptest.Response) {
	for _, name := range []string{"access", "refresh", "token"} {
		st.values[as+"."+name] = answer.Text(name)
	}
}
