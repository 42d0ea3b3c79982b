// Package webui is the adapter for people with a browser: server-rendered pages
// that work without script.
//
// It has one page now, the setup page, which makes the first superuser. Its link
// holds a token of 256 bits in the path. GET shows the form and changes nothing;
// POST consumes the link. The page sends no referrer, takes no other origin's
// form, loads nothing from elsewhere, and its path is in no log line.
//
// The attacks it answers: the race for the first administrator (H05), the link
// that a mail scanner opens (GET changes nothing), the form that another site
// posts (F50, J01).
package webui
