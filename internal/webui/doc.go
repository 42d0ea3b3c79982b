// Package webui is the adapter for people with a browser: server-rendered pages
// that work without script.
//
//	/setup/…    the first superuser, by a one-time link
//	/account/   signing in and registering, a person's own profile, password, sessions
//	/admin/     the admin site, for people with the flag is_staff
//
// A route is a line of routes.go: who gets in, what they must hold, whether the
// password is asked for again. A handler takes a visit and returns an answer: a page
// (a template inside the layout), a move to another page with a message, or an error,
// which becomes a page too. What is changed is changed by a POST, through the same
// use cases as the API, and answered with 303.
//
// A browser holds its session by a cookie (package browser). On HTTPS the cookie is
// secure and has the prefix __Host-; on the loopback, where there is no HTTPS, it is
// another one; on plain HTTP over a network nobody signs in, and the page says why.
//
// The links of the setup page and of the page for a forgotten password hold a token of
// 256 bits in the path. GET shows the form and changes nothing; POST consumes the link.
// These pages send no referrer, and their paths are in no log line.
//
// Invariants
//
//   - No page has a script or a style of its own, loads anything from elsewhere, may
//     be framed, or may be kept. htmx is an addition: every form works without it.
//   - No GET changes anything. Each POST of another site is refused before anything of
//     it is read, and the cookie is never sent with one (SameSite=Strict).
//   - Who may not is turned away before the body is read.
//   - Whatever is stored is text in a page, whatever it looks like.
//
// The attacks it answers: the race for the first administrator (H05), the link that a
// mail scanner opens, the form that another site posts (F50, J07 to J10), the frame
// (J11), the stored script (J01 to J06), the fixed session and the planted cookie
// (J18), the redirect to another site after the sign-in (J05), the desk whose owner
// is away (J20).
package webui
