// Package access decides who may do what.
//
// A Permission is a string "app.action". Rights are what somebody holds: the
// permissions that their roles and their own grants add up to, and the two flags
// of the dialect (staff, superuser). A Caller is whoever asks for something: a
// person with a token, the command line, or nobody. Use cases take the caller as
// an argument and look at it in their first statement.
//
// What an account was given can end. Rights are as of one moment: they say when the
// first thing in them ends (Until), and for how long each permission and role is held,
// which is as long as the longest way by which it is. What has ended by a moment is
// not counted at it; nothing else has to happen for that.
//
// A role can be bound to one audience. It is then listed, and what it gives itself is
// counted, in tokens for that audience alone (Rights.For); what it includes follows its
// own binding. A decision about a person is made on all that they hold.
//
// The rules are pure functions, shared by every adapter:
//
//   - Require: the caller holds the permission. A superuser holds every one.
//   - Covers: the caller holds everything that the subject holds. Nobody may
//     change a subject that holds anything that they do not hold themselves, and
//     only a superuser touches a superuser.
//   - Gives: nobody gives what they do not hold, nor for longer than they hold it.
//   - Subject.Decide: whether somebody may, and why; what is not declared nobody
//     may. Holding.Explain: the ways by which somebody holds a permission.
//
// The attacks it answers: the user who becomes an administrator by asking
// (H06-H11), and the lesser administrator who takes over a greater one by
// changing their password, email, roles or sessions, or who is an administrator until
// tonight and makes it last (H22).
package access
