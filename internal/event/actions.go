package event

import (
	"regexp"

	"github.com/countersign/countersign/internal/fault"
)

// MaxAction is the longest name of an action, in bytes.
const MaxAction = 60

// ErrAction is returned for a name that is no action's.
var ErrAction = fault.New(fault.Invalid, "event_action_invalid", "An action is noun.verbed, as user.disabled.")

var actionName = regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`)

// ParseAction returns the action of that name, known or not, or ErrAction.
func ParseAction(name string) (Action, error) {
	if len(name) > MaxAction || !actionName.MatchString(name) {
		return "", ErrAction
	}
	return Action(name), nil
}

// Actions are all that this version records, in the order in which people look for
// them.
func Actions() []Action {
	return []Action{
		SignInFailed, SessionStarted, SessionEnded, SessionsEnded, SessionReused, SessionRepeated, TokenRevoked, UserRegistered,
		UserCreated, UserUpdated, UserDisabled, UserEnabled, UserDeleted, UserPasswordChanged, UserResetLinkMade, UsersExported, UserRoleAssigned,
		UserRoleRemoved, UserRoleEnded, UserPermGranted, UserPermRevoked, UserPermEnded, RoleCreated, RoleUpdated, RoleDeleted,
		RolePermGranted, RolePermRevoked, RoleIncluded, RoleExcluded, RoleCutOff, PermissionCreated, PermissionUpdated, PermissionDeleted, KeyCreated, KeysReset, SetupLinkMade,
		SetupCompleted, ImportWritten, ImportCompleted, ExportStarted, EventsRemoved,
	}
}
