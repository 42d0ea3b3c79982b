// Package event is the one append-only log of the service: audit trail, outbox
// and revocation feed in one.
//
// Every change writes its event in the transaction of the change: who, what, on
// whom, from where, what was before and after. Such a row has an id and no
// sequence number. After the commit any process seals the rows that are not
// sealed yet: it wins the head row with a conditional UPDATE, then gives each row
// the next sequence number and a MAC over the row and the MAC before it. Readers
// (audit pages, caches of other processes, the revocations) read sealed rows in
// the order of their numbers and nothing else, so late commits, gaps and order
// are one problem with one answer.
//
// States of a row: written → sealed → removed. A sealed row never changes. Old rows
// are removed where the settings say so (Retain), the oldest first, together with
// the move of the checkpoint: the number and the MAC of the last row that was
// removed, signed with a key that the database does not have. The kept log begins
// there.
//
// Invariants
//
//   - A change and its event are written together or not at all.
//   - Numbers have no gaps; a reader that has read to n has seen every row that
//     was sealed up to n.
//   - A row that was changed, removed or moved after sealing breaks the chain at
//     its number (Check finds it). So does a removal without a signed checkpoint, a
//     checkpoint that was changed or moved, and an older one that was put back.
//   - Rows are verified before they are removed: evidence does not grow old. What a
//     row revokes is in force after it was removed. The head, and rows that wait for
//     their seal, stay.
//   - A tail that was cut off together with the head row is found by a head that
//     was written down outside the database (CheckWitness). A head from before the
//     checkpoint proves nothing, and is told from one that is missing (ErrHeadOld).
//   - A reader that finds a gap where it had read to (it slept for longer than rows
//     are kept) learns everything anew.
//   - Cut-offs take effect in the process that committed them before the caller
//     is answered, and in every other process when it reads the sealed row, at
//     most a second later.
//
// A process that cannot read the log for longer than the staleness bound knows
// that it may miss revocations, and says so (Log.Fresh).
//
// The attacks it answers: the quiet administrator (M11), the edited trail (M12),
// and the token that outlives its session on another replica (E17, E34).
package event
