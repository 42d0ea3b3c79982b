// Package catalogue declares permissions and roles from a file, so that a service
// keeps what it knows of rights beside its code:
//
//	[permissions]
//	"blog.publish_post" = "May publish a post."
//
//	[roles.editor]
//	description = "Writes and publishes."
//	audience    = "https://blog.example"
//	permissions = ["blog.publish_post"]
//	includes    = ["reader"]
//
// JSON of the same shape says the same. What the file names becomes what the file
// says: a role loses the permissions and inclusions that its lists do not have. A
// list, a description or an audience that is left out is left alone, and so is
// everything that the file does not name: several services keep one file each.
//
// Invariants
//
//   - All of a file is applied, or nothing: it is one transaction.
//   - A file that was applied changes nothing when it is applied again.
//   - A plan says what an application would do at the same moment: it is one that is
//     rolled back.
//   - Each change is checked and recorded as if it were made by itself (package
//     role).
//
// The attacks it answers: the catalogue of a lesser administrator that gives more
// than they hold (H22), and two readers that see two things in one file (a name that
// is there twice).
package catalogue
