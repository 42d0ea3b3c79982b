// Package dashboard is what an administrator sees first: how many accounts and open
// sessions there are, and the sign-ins and failures of the last 24 hours.
//
// Each figure needs a permission, and who does not hold it gets the others. Nothing
// has to be counted when something happens: the figures are read when somebody looks,
// and an hour that is over is remembered by the process.
//
// The count of sessions stops at 20,000, so that its cost is bounded too, and a count
// of 5,000 or more, of sessions or of accounts, is remembered for a minute. Failed
// sign-ins are counted as the log records them: what is beyond ten a minute for one
// account and network is one record (package signin).
package dashboard
