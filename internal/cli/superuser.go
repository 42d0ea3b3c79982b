package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/app"
	"github.com/countersign/countersign/internal/fault"
	"github.com/countersign/countersign/internal/password"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

// superuserVariable holds the password for --noinput.
const superuserVariable = "COUNTERSIGN_SUPERUSER_PASSWORD"

// What is said as in Django, which people's scripts look for.
const (
	errNameTaken  = sentence("Error: That username is already taken.")
	errNoUsername = sentence("You must use --username with --noinput.")
	errNoEmail    = sentence("You must use --email with --noinput.")
	errNoPassword = sentence("You must set " + superuserVariable + " with --noinput.")
)

// superuserOptions are the flags of createsuperuser.
type superuserOptions struct {
	noInput         bool
	username, email string
	output          output
}

// createSuperuser is `countersign createsuperuser`.
func (in *invocation) createSuperuser() *cobra.Command {
	var o superuserOptions
	cmd := &cobra.Command{
		Use:   "createsuperuser",
		Short: "Make a user who may do everything",
		Long: "Make a user who may do everything. What is not given is asked for; the password is always asked for.\n" +
			"With --noinput nothing is asked, and the password is that of the variable " + superuserVariable + ".\n" +
			"An open setup link stops working.",
		Example: "  countersign createsuperuser\n  " + superuserVariable + "=... countersign createsuperuser --noinput --username admin --email admin@example.com",
		Args:    want(),
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.noInput, "noinput", false, "ask nothing")
	flags.StringVar(&o.username, "username", "", "the `NAME` to sign in with")
	flags.StringVar(&o.email, "email", "", "the email `ADDRESS`")
	o.output.jsonFlag(cmd)
	run := in.with(func(ctx context.Context, a *app.App, _ []string) error { return in.makeSuperuser(ctx, a, o) })
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		// Before the service is opened: what can be refused without it, is.
		if err := in.superuserRefused(o); err != nil {
			return err
		}
		return run(cmd, args)
	}
	return cmd
}

// superuserRefused returns what is missing to begin with.
func (in *invocation) superuserRefused(o superuserOptions) error {
	switch {
	case !o.noInput && !in.interactive():
		return errors.New("there is no terminal to ask on; use --noinput with --username, --email and " + superuserVariable)
	case !o.noInput:
		return nil
	case o.username == "":
		return errNoUsername
	case o.email == "":
		return errNoEmail
	case in.variable(superuserVariable) == "":
		return errNoPassword
	}
	return nil
}

// variable returns a variable of the environment, of several the last.
func (in *invocation) variable(name string) string {
	value := ""
	for _, entry := range in.env.Environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v
		}
	}
	return value
}

func (in *invocation) makeSuperuser(ctx context.Context, a *app.App, o superuserOptions) error {
	draft := account.Draft{Username: o.username, Email: o.email}
	if o.noInput {
		draft.Password = secret.New(in.variable(superuserVariable))
	} else if err := in.askSuperuser(ctx, a, &draft); err != nil {
		return err
	}
	u, err := a.Accounts.CreateSuperuser(ctx, operator(), draft)
	if errors.Is(err, user.ErrUsernameTaken) {
		return errNameTaken
	}
	if err != nil {
		return err
	}
	if o.output.json {
		return printJSON(in.env.Stdout, viewUser(u))
	}
	_, err = fmt.Fprintln(in.env.Stdout, "Superuser created successfully.")
	return err
}

// askSuperuser fills what the draft lacks.
func (in *invocation) askSuperuser(ctx context.Context, a *app.App, d *account.Draft) error {
	var err error
	if d.Username == "" {
		check := func(name string) ([]string, error) { return nameProblems(ctx, a, name) }
		if d.Username, err = in.ask("Username: ", check); err != nil {
			return err
		}
	}
	if d.Email == "" {
		check := func(email string) ([]string, error) { return user.CheckEmail(user.NormaliseEmail(email)), nil }
		if d.Email, err = in.ask("Email address: ", check); err != nil {
			return err
		}
	}
	d.Password, err = in.askPassword(func(plain secret.Text) []string {
		var problems []string
		for _, p := range a.Accounts.Policy.Validate(plain, password.Attributes{Username: d.Username, Email: d.Email}) {
			problems = append(problems, p.Message)
		}
		return problems
	})
	return err
}

// nameProblems is what keeps a new account from having a name.
func nameProblems(ctx context.Context, a *app.App, name string) ([]string, error) {
	naming := a.Accounts.Naming
	normal := naming.Normalise(name)
	if problems := user.CheckUsername(normal); problems != nil {
		return problems, nil
	}
	switch u, err := a.Accounts.UserByName(ctx, operator(), normal); {
	case fault.KindOf(err) == fault.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case u.UsernameKey == naming.Key(normal): // and not one whose id it is
		return []string{"That username is already taken."}, nil
	}
	return nil, nil
}
