// Package app is where the parts are put together: it alone knows every concrete
// type.
//
// Open makes the service from a configuration: database, instance secret, keys,
// event log, features, flows and routes. The command line uses what it made; Serve
// adds the listener and the workers. Start-up order matters: the schema is
// checked before anything is read, the instance secret before anything is signed,
// the cut-offs in force before anything is verified.
//
// Shutting down: the listener closes, requests in flight have the drain time to
// end, the workers stop, the last events are sealed, the database closes.
package app
