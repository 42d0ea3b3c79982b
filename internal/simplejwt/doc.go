// Package simplejwt answers in the dialect of Django REST framework and its
// simplejwt package, so that clients of such a service need no change: register,
// obtain, refresh, verify and blacklist tokens, and the protected route.
//
// Every request goes through one function, in the order in which the original
// refuses, because the order decides which of several errors a client sees:
//
//	negotiation  404 (?format=), 406
//	who asks     401, only on routes that look at the header with the token
//	permission   401, 403
//	throttle     429, only on the token routes
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
//   - There are no HTML pages, and OPTIONS lists no fields.
//   - Signed text is read strictly (package verify): twice the same name, NaN, half a
//     surrogate pair and deep nesting make a token invalid. A user id is one spelling:
//     " 1" and "01" name nobody.
//   - A username must be good after normalisation too, which some are only before it.
//
// Elsewhere it is friendlier or stricter than the original, but not under the
// preset, which answers to the letter:
//
//	                               without the preset   under the preset
//	body without Content-Length    read                 empty
//	body that is too large         413                  400
//	Accept: text/html alone        JSON                 406
//	?format=api, which is HTML     JSON                 406
//	method in small letters        405                  400
//	path without the slash at end  served               301, whatever the method
//	path with "//" or "/../"       tidied by the mux    404
//	slash that is encoded (%2F)    another path         a slash
//	white space around passwords   kept                 taken off
//	password over 1,024 bytes      400                  401, as any that is wrong
//	username at a sign-in          normalised           as typed
//	username of a registration     normalised           good as typed too
//	id that is a number            text                 number
//	"=" at the end of a token      refused              taken off
//	sliding tokens                 no such routes       their routes
//	field "audience" with a token  names its audience   ignored, as any other
//
// testdata/cases.json holds the original's answers as they were recorded on the
// wire, and testdata/verdicts.txt how each is answered here. TestReplay asks every
// case of the whole service; docs/guide/compatibility.md is made from the table.
//
// JSON is read by a scanner of its own: encoding/json takes names without regard
// to case, replaces bytes that are no UTF-8, and words its errors differently.
//
// The attacks it answers: fields that nobody asked for (H06), bodies that are
// deep, long or many (K15, K16), answers that a cache keeps, a stack trace or a
// cause that reaches a client; with a throttle, guessing from one address, however
// many addresses ask.
package simplejwt
