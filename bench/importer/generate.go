package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// recorded is how many users the recorded project has.
const recorded = 15

// generate writes a project with so many users: the recorded one with more users,
// of which three in five are in a group and one in fifty has a permission.
func generate(path string, users int) error {
	file, err := os.ReadFile(filepath.Join("internal", "djangodb", "djangotest", "testdata", "django52.sqlite3"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(off)&_pragma=synchronous(off)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if _, err = db.Exec(`BEGIN`); err == nil {
		// The last digit of 32 bytes in base64 has four bits.
		_, err = db.Exec(`
			WITH RECURSIVE n (i) AS (SELECT ? + 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO auth_user (id, password, last_login, is_superuser, username, last_name, email, is_staff, is_active, date_joined, first_name)
			SELECT i, 'pbkdf2_sha256$1000000$' || hex(randomblob(11)) || '$' || hex(randomblob(21)) || 'A=',
				CASE i % 3 WHEN 0 THEN NULL ELSE '2026-10-01 08:00:00.123456' END,
				0, 'user_' || i || '_' || lower(hex(randomblob(3))), 'Last' || (i % 5000), 'user' || i || '@example.com', 0, i % 20 <> 0,
				'2024-05-06 07:08:09.101112', 'First' || (i % 3000)
			FROM n`, recorded, users)
	}
	for _, more := range []string{
		`INSERT INTO auth_user_groups (user_id, group_id) SELECT id, 1 + id % 3 FROM auth_user WHERE id > 15 AND id % 5 < 3`,
		`INSERT INTO auth_user_user_permissions (user_id, permission_id) SELECT id, 1 + id % 30 FROM auth_user WHERE id > 15 AND id % 50 = 0`,
		`COMMIT`,
	} {
		if err == nil {
			_, err = db.Exec(more)
		}
	}
	return errors.Join(err, db.Close())
}
