// Package web is what the HTTP adapters share: the chain that every request goes
// through, where it comes from, its one line in the log, and answers of any length.
//
// The chain, outermost first: request id and client address → log line → headers
// → recover → allowed hosts → cross-origin → time and size limits → the routes.
//
// Invariants
//
//   - The client address is that of the connection, unless the connection is from
//     a trusted proxy: then it is the right-most address in X-Forwarded-For that
//     is not one. The list of trusted proxies is empty by default.
//   - A log line names the route's pattern, never the path, the query, a header or
//     a body: secrets travel in those.
//   - An origin that is not listed gets no cross-origin header at all, and cookies
//     are never allowed to cross.
//   - Where hosts are listed, a request that names another one reaches no route but
//     those of health.
//   - No body is read past the limit.
//
// The attacks it answers: the forged client address (F21, I05), the log that
// holds tokens (M06), the reflected origin (J14), the endless body (K09, F37), the
// panic that takes the process along (M07).
package web
