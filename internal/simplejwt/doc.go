// Package simplejwt answers in the dialect of Django REST framework and its
// simplejwt package, so that clients of such a service need no change: register,
// obtain, refresh, verify and blacklist tokens, and the protected route.
//
// Every request goes through one function, in the order in which the original
// refuses, because the order decides which of several errors a client sees:
//
//	negotiation  404 (?format=), 406
//	who asks     401, only on routes that look at the Authorization header
//	permission   401, 403
//	method       405; OPTIONS is answered here
//	body         413, 415, 400: size, media type, syntax
//	fields       400, all of them at once, in the order of the serializer
//	use case     whatever it says, by the table in faults.go
//
// Where the original has no answer (a crash, a page of HTML), where it contradicts
// itself, or where following it would be unsafe, this package decides:
//
//   - Bodies are bounded to 64 KiB, JSON to 64 levels and 4,300 digits a number.
//   - Bytes in a form that are not of its charset make a field no string. The
//     original replaces them, and two passwords could become one.
//   - Bodies without a Content-Length are read; the original takes them for empty.
//   - Paths without the slash at their end are served; under the preset they are
//     redirected as in the original.
//   - Passwords are used as typed; under the preset they lose white space at their
//     ends as in the original.
//   - There are no HTML pages. Who accepts only text/html gets JSON.
//
// JSON is read by a scanner of its own: encoding/json takes names without regard
// to case, replaces bytes that are no UTF-8, and words its errors differently.
//
// The attacks it answers: fields that nobody asked for (H06), bodies that are
// deep, long or many (K15, K16), answers that a cache keeps, a stack trace or a
// cause that reaches a client.
package simplejwt
