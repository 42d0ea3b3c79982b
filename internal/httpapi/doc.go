// Package httpapi is the service's own JSON API under /api/v1, its OpenAPI
// document at /api/schema and the page made of it at /api/docs.
//
// Every route is a row of the table in routes.go and names who may call it:
// there is no default, and a row without one stops the service at start-up.
// What happens to a request is the same for all of them, in this order, and
// nothing later is looked at once something earlier refuses:
//
//  1. the route (404, 405 with Allow);
//  2. who asks: the bearer token (401), always and only in the Authorization
//     header;
//  3. whether they may: the route's permission (403);
//  4. the query string, then the body: size (413), media type (415), strict
//     JSON, names, types (400);
//  5. the use case, which looks at the permission again and knows the rest
//     (404, 409, 403 for a subject that holds more).
//
// Domain types are never marshalled: each file has the requests and answers of
// its handlers beside them. Every refusal is an application/problem+json
// document (RFC 9457) with a stable code; one table turns a fault's kind into a
// status.
//
// The framework is huma. It makes the document of the Go types and checks
// requests against it. Its process-wide switches are left alone: errors are
// turned into ours by a transformer of this API, and the request that it sees
// has been checked already.
//
// The attacks this package answers: fields that nobody asked for (H06-H08),
// another case of their names or a second copy (H06), the same body under
// another media type (H11), a token in the query or in a second header (B20,
// B24), a route that forgot its permission (H15-H19), JSON made to exhaust or to
// be read twice differently (K11), pages of a billion rows (K15), and errors that
// say which part of the inside broke.
package httpapi
