package httpapi

import (
	"net/http"
	"slices"

	"github.com/countersign/countersign/internal/access"
)

// The groups of operations, as the document and the page have them.
const (
	tagMe          = "Your account"
	tagUsers       = "Users"
	tagSessions    = "Sessions"
	tagRoles       = "Roles"
	tagPermissions = "Permissions"
)

const (
	get   = http.MethodGet
	post  = http.MethodPost
	put   = http.MethodPut
	patch = http.MethodPatch
	del   = http.MethodDelete
)

// routes is the table: every route of the API, and who may call it.
func routes() []route {
	return slices.Concat(ownRoutes(), userRoutes(), holderRoutes(), roleRoutes(), permissionRoutes(), decisionRoutes(), keyRoutes(), eventRoutes())
}

func ownRoutes() []route {
	return []route{
		{method: get, path: "/me", access: somebody, id: "getMe", tag: tagMe, register: bind((*API).getMe),
			summary: "Who you are and what you may do"},
		{method: patch, path: "/me", access: somebody, id: "updateMe", tag: tagMe, register: bind((*API).updateMe),
			summary: "Change your email address or names", about: "Fields that are left out stay as they are."},
		{method: post, path: "/me/password", access: somebody, id: "changeMyPassword", tag: tagMe, register: bind((*API).changeMyPassword),
			summary: "Change your password",
			about:   "Ends all your sessions, this one included, and refuses every token issued before: sign in again."},
		{method: get, path: "/me/sessions", access: somebody, id: "listMySessions", tag: tagMe, register: bind((*API).listMySessions),
			summary: "List where you are signed in"},
		{method: post, path: "/password", access: anyone, id: "changePassword", tag: tagMe, register: bind((*API).changePassword),
			proves: true, conflicts: true, summary: "Change your password without being signed in",
			about: "For a password that was given out and must be changed before it lets anybody in (code `password_must_change` at sign-in); " +
				"it works for every other too. Ends all your sessions. Gives no tokens: sign in afterwards. " +
				"Whatever is wrong with name or current password, the answer is 401 `bad_credentials`."},
		{method: del, path: "/me/sessions/{id}", access: somebody, id: "endMySession", tag: tagMe, register: bind((*API).endMySession),
			summary: "Sign one of your devices out"},
		{method: post, path: "/logout", access: somebody, id: "logout", tag: tagMe, register: bind((*API).logout), conflicts: true,
			summary: "Sign out here", about: "Ends the session of the access token. Its refresh token and all its access tokens are refused from now on."},
		{method: post, path: "/logout/all", access: somebody, id: "logoutAll", tag: tagMe, register: bind((*API).logoutAll), conflicts: true,
			summary: "Sign out everywhere", about: "Ends all your sessions, this one included."},
	}
}

func userRoutes() []route {
	return []route{
		{method: get, path: "/users", access: holder(access.ViewUser), id: "listUsers", tag: tagUsers, register: bind((*API).listUsers),
			summary: "List and search users", about: "Newest first."},
		{method: post, path: "/users", access: holder(access.AddUser), id: "createUser", tag: tagUsers, register: bind((*API).createUser),
			status: http.StatusCreated, conflicts: true,
			summary: "Create a user", about: "You can give only the flags that you hold yourself."},
		{method: get, path: "/users/export", access: holder(access.ViewUser), id: "exportUsers", tag: tagUsers, register: bind((*API).exportUsers), produces: sheetTypes(),
			summary: "Export users", about: "Those that the filter chooses, in the order of the list, as a file of any length. That it was asked for is recorded, and how many left. " + aboutSheets},
		{method: post, path: "/users/bulk", access: holder(access.ChangeUser), id: "bulkUsers", tag: tagUsers, register: bind((*API).bulkUsers), forbids: true,
			summary: "Do one thing to many users",
			about: "Each is decided and done by itself, as the operation on one user does it: what is refused for one leaves the others alone. " +
				"Deleting needs `countersign.delete_user` besides, ending sessions `countersign.end_session`. An answer of 500 or 503 may come after some are done; doing it again is safe."},
		{method: get, path: "/users/{id}", access: holder(access.ViewUser), id: "getUser", tag: tagUsers, register: bind((*API).getUser),
			summary: "Read a user"},
		{method: patch, path: "/users/{id}", access: holder(access.ChangeUser), id: "updateUser", tag: tagUsers, register: bind((*API).updateUser), conditional: true,
			conflicts: true, summary: "Change a user",
			about: "Fields that are left out stay as they are. The last active superuser stays one: 409 `last_superuser`."},
		{method: del, path: "/users/{id}", access: holder(access.DeleteUser), id: "deleteUser", tag: tagUsers, register: bind((*API).deleteUser), conditional: true,
			conflicts: true, summary: "Delete a user", about: "Also their sessions, roles and grants. This cannot be undone; disabling can. The last active superuser stays: 409 `last_superuser`."},
		{method: post, path: "/users/{id}/disable", access: holder(access.ChangeUser), id: "disableUser", tag: tagUsers, register: bind((*API).disableUser), conditional: true,
			conflicts: true, summary: "Disable a user", about: "Ends all their sessions and refuses all their tokens at once. The last active superuser stays: 409 `last_superuser`."},
		{method: post, path: "/users/{id}/enable", access: holder(access.ChangeUser), id: "enableUser", tag: tagUsers, register: bind((*API).enableUser), conditional: true,
			summary: "Enable a user again"},
		{method: put, path: "/users/{id}/password", access: holder(access.ChangeUser), id: "setUserPassword", tag: tagUsers, register: bind((*API).setUserPassword), conditional: true,
			summary: "Set a user's password", about: "Ends all their sessions."},
		{method: post, path: "/users/{id}/reset-link", access: holder(access.ChangeUser), id: "makeResetLink", tag: tagUsers, register: bind((*API).makeResetLink),
			status: http.StatusCreated, conflicts: true, summary: "Make a link to a new password",
			about: "A page on which the user chooses a password, once and within 30 minutes; then all their sessions end. A new link replaces the older one. " +
				"It works no more when the password or the rights of the user change, when they sign out everywhere or are disabled, or when you could not make it any more. " +
				"409 `user_disabled` for who may not sign in."},
		{method: get, path: "/users/{id}/sessions", access: holder(access.ViewSession), id: "listUserSessions", tag: tagSessions, register: bind((*API).listUserSessions),
			summary: "List where a user is signed in"},
		{method: del, path: "/sessions/{id}", access: holder(access.EndSession), id: "endSession", tag: tagSessions, register: bind((*API).endSession),
			summary: "End a session"},
	}
}

// aboutSize is what is said of an answer to something that a user was given.
const aboutSize = "The answer says how large their next access token is, and what does not fit into it."

func holderRoutes() []route {
	return []route{
		{method: get, path: "/users/{id}/roles", access: holder(access.ViewUser), id: "listUserRoles", tag: tagUsers, register: bind((*API).listUserRoles),
			summary: "List a user's roles", about: "Those that they were given; each says what it includes."},
		{method: put, path: "/users/{id}/roles/{role_id}", access: holder(access.ChangeUser), id: "assignRole", tag: tagUsers, register: bind((*API).assignRole),
			summary: "Give a user a role", about: "Until a time, or for ever; nobody gives for longer than they hold themselves. " +
				"Giving it twice is no error; giving it again with another end changes the end. " + aboutSize},
		{method: del, path: "/users/{id}/roles/{role_id}", access: holder(access.ChangeUser), id: "unassignRole", tag: tagUsers, register: bind((*API).unassignRole),
			summary: "Take a role from a user", about: "Taking what they do not have is no error."},
		{method: get, path: "/users/{id}/permissions", access: holder(access.ViewUser), id: "listUserPermissions", tag: tagUsers, register: bind((*API).listUserPermissions),
			summary: "List a user's permissions with the reasons",
			about: "Every permission that they hold, by name, with the paths by which they do: granted directly, by a role, or by a role that one of theirs includes. " +
				"Of a superuser all that are declared."},
		{method: get, path: "/users/{id}/token-preview", access: holder(access.ViewUser), id: "previewUserToken", tag: tagUsers, register: bind((*API).previewToken),
			summary: "See what a user's access token would hold now",
			about:   "Decoded, without a signature: it signs nobody in. `sid` is of no session. 400 `verify_only` where the service issues none."},
		{method: put, path: "/users/{id}/permissions/{permission}", access: holder(access.ChangeUser), id: "grantUserPermission", tag: tagUsers, register: bind((*API).grantUserPermission),
			summary: "Grant a user a permission", about: "Until a time, or for ever; nobody gives for longer than they hold themselves. " +
				"Granting it twice is no error; granting it again with another end changes the end. " + aboutSize},
		{method: del, path: "/users/{id}/permissions/{permission}", access: holder(access.ChangeUser), id: "revokeUserPermission", tag: tagUsers, register: bind((*API).revokeUserPermission),
			summary: "Revoke a user's direct grant", about: "What their roles give stays."},
	}
}

func roleRoutes() []route {
	return []route{
		{method: get, path: "/roles", access: holder(access.ViewRole), id: "listRoles", tag: tagRoles, register: bind((*API).listRoles),
			summary: "List and search roles", about: "Newest first."},
		{method: post, path: "/roles", access: holder(access.AddRole), id: "createRole", tag: tagRoles, register: bind((*API).createRole),
			status: http.StatusCreated, conflicts: true,
			summary: "Create a role", about: "You can put in only what you hold yourself."},
		{method: get, path: "/roles/{id}", access: holder(access.ViewRole), id: "getRole", tag: tagRoles, register: bind((*API).getRole),
			summary: "Read a role",
			about: "The ETag stands for the role itself: its name, description, audience and own permissions, and which roles it includes directly. " +
				"It stays when an included role is renamed or gives something else."},
		{method: patch, path: "/roles/{id}", access: holder(access.ChangeRole), id: "updateRole", tag: tagRoles, register: bind((*API).updateRole),
			conditional: true, conflicts: true, summary: "Change a role's name, description or audience",
			about: "Fields that are left out stay as they are. Another name or audience makes tokens that list the role stale. " +
				"400 `audience_unknown` names the audiences that there are."},
		{method: del, path: "/roles/{id}", access: holder(access.DeleteRole), id: "deleteRole", tag: tagRoles, register: bind((*API).deleteRole),
			conditional: true, conflicts: true, summary: "Delete a role",
			about: "A role that somebody has, or that another role includes, is deleted with `in_use=true` alone: without it the answer is 409 `role_in_use`, and says who."},
		{method: put, path: "/roles/{id}/permissions/{permission}", access: holder(access.ChangeRole), id: "grantRolePermission", tag: tagRoles, register: bind((*API).grantRolePermission),
			conditional: true, summary: "Put a permission into a role", about: "Doing it twice is no error."},
		{method: del, path: "/roles/{id}/permissions/{permission}", access: holder(access.ChangeRole), id: "revokeRolePermission", tag: tagRoles, register: bind((*API).revokeRolePermission),
			conditional: true, summary: "Take a permission out of a role"},
		{method: put, path: "/roles/{id}/includes/{included_id}", access: holder(access.ChangeRole), id: "includeRole", tag: tagRoles, register: bind((*API).includeRole),
			conditional: true, conflicts: true, summary: "Let a role include another one",
			about: "Whoever has the role then has the other one too, and what that includes. You need everything that both give. " +
				"Doing it twice is no error. 409 `role_cycle` when the other one includes this one."},
		{method: del, path: "/roles/{id}/includes/{included_id}", access: holder(access.ChangeRole), id: "excludeRole", tag: tagRoles, register: bind((*API).excludeRole),
			conditional: true, summary: "Let a role not include another one any more", about: "Doing it twice is no error."},
	}
}

func permissionRoutes() []route {
	return []route{
		{method: get, path: "/permissions", access: holder(access.ViewPermission), id: "listPermissions", tag: tagPermissions, register: bind((*API).listPermissions),
			summary: "List and search permissions", about: "Newest first; the service's own are the oldest."},
		{method: post, path: "/permissions", access: holder(access.AddPermission), id: "createPermission", tag: tagPermissions, register: bind((*API).createPermission),
			status: http.StatusCreated, conflicts: true,
			summary: "Declare a permission", about: "The service's own, which start with `countersign.`, exist already."},
		{method: get, path: "/permissions/{name}", access: holder(access.ViewPermission), id: "getPermission", tag: tagPermissions, register: bind((*API).getPermission),
			summary: "Read a permission"},
		{method: patch, path: "/permissions/{name}", access: holder(access.ChangePermission), id: "updatePermission", tag: tagPermissions, register: bind((*API).updatePermission),
			conflicts: true, summary: "Change a permission's description"},
		{method: del, path: "/permissions/{name}", access: holder(access.DeletePermission), id: "deletePermission", tag: tagPermissions, register: bind((*API).deletePermission),
			conflicts: true, summary: "Delete a permission", about: "Every role and user that has it loses it."},
	}
}

func decisionRoutes() []route {
	return []route{
		{method: post, path: "/authorize", access: somebody, id: "authorize", tag: tagPermissions, register: bind((*API).authorize),
			forbids: true, summary: "Ask whether somebody may",
			about: "Decided on what they hold now. About yourself with any token; about another user you need `countersign.view_user`. " +
				"A permission that is not declared is nobody's, and one of a disabled user is not allowed."},
	}
}
