// Package wellknown is the adapter for what machines ask without a token: the
// public keys, and whether the process lives and is ready.
//
// The key set is public by its nature and holds public members only. Liveness
// says that the process answers and nothing else; readiness says whether it can
// do its work now: the database answers and revocations are known.
//
// The attacks it answers: the private member in a key set (N18), and the health
// page that tells a stranger about the inside (M16).
package wellknown
