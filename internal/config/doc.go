// Package config reads what the operator decided and refuses what cannot be
// meant.
//
// Config is one struct; each field carries its key, its default, its bounds and
// the comment that the reference page is made of. Load fills it from six
// layers, the later winning: defaults, the preset, the settings of Django by their
// names there (COUNTERSIGN_SIMPLEJWT), countersign.toml, environment variables
// COUNTERSIGN_…, flags. Each value remembers where it came from, which
// is what `config print` shows and what a complaint names.
//
// Invariants
//
//   - A name that nobody knows is an error in every layer, with the nearest name
//     that exists. A setting that is silently ignored is a hole: the operator
//     believes that registration is closed, and it is open.
//   - All problems are reported at once, one line each.
//   - Secrets come from the environment or from a file of their own (X_FILE),
//     never from countersign.toml, which people share, nor from a flag, which
//     every process on the machine can read. They are secret.Text in Config and
//     appear in no error, warning or listing.
//   - There is no default secret. The instance secret is at least 32 random bytes;
//     text, repeated bytes and published samples are refused.
//   - Derived values (public URL, issuer, audience, database) come from settings
//     alone, never from a request.
//
// FromDjango reads the settings of a Django service and writes the countersign.toml
// that continues it. Its names and those of COUNTERSIGN_SIMPLEJWT are the tags
// django of Config.
//
// The attacks it answers: the guessed or copied secret, the typing error that
// opens a door, the secret in a log, a process list or an error, and the address
// header that is believed from anyone (trusted proxies are a closed list), keys fetched
// where somebody on the way can change them, and a claim that hides another.
package config
