package store

import (
	"github.com/countersign/countersign/internal/account"
	"github.com/countersign/countersign/internal/event"
	"github.com/countersign/countersign/internal/importer"
	"github.com/countersign/countersign/internal/keyring"
	"github.com/countersign/countersign/internal/recovery"
	"github.com/countersign/countersign/internal/role"
	"github.com/countersign/countersign/internal/session"
	"github.com/countersign/countersign/internal/signin"
	"github.com/countersign/countersign/internal/snapshot"
	"github.com/countersign/countersign/internal/user"
	"github.com/countersign/countersign/internal/userfile"
)

// What the features ask for, and this package keeps.
var (
	_ account.Store  = (*DB)(nil)
	_ event.Store    = (*DB)(nil)
	_ importer.Store = (*DB)(nil)
	_ keyring.Store  = (*DB)(nil)
	_ recovery.Store = (*DB)(nil)
	_ role.Store     = (*DB)(nil)
	_ session.Store  = (*DB)(nil)
	_ signin.Store   = (*DB)(nil)
	_ snapshot.Store = (*DB)(nil)
	_ user.Store     = (*DB)(nil)
	_ userfile.Store = (*DB)(nil)
)
