// Package ident makes the identifiers of things.
//
// Identifiers are text. New ones are UUIDs of version 7 (RFC 9562, section 5.7),
// which sort by the time they were made, so lists by id are lists by age.
// Users that came from elsewhere keep the id that they had, and an installation
// may give its users decimal numbers instead (the store counts them), because
// other services hold integer foreign keys.
//
// Identifiers are names, not secrets: nothing is allowed to anyone for knowing
// one.
package ident
