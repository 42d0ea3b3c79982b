package store

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign/countersign/internal/ident"
	"github.com/countersign/countersign/internal/secret"
	"github.com/countersign/countersign/internal/user"
)

// userColumns are what scanUser scans.
const userColumns = `id, username, username_key, email, email_key, first_name, last_name, password,
	password_must_change, is_active, is_staff, is_superuser, rights_version, joined_at, last_sign_in_at, signed_out_at, replaced_mark, version`

func scanUser(s scanner) (user.User, error) {
	var u user.User
	var password string
	var joined, signedIn, signedOut int64
	err := s.Scan(&u.ID, &u.Username, &u.UsernameKey, &u.Email, &u.EmailKey, &u.FirstName, &u.LastName, &password,
		&u.PasswordMustChange, &u.Active, &u.Staff, &u.Superuser, &u.RightsVersion, &joined, &signedIn, &signedOut, &u.ReplacedMark, &u.Version)
	if err != nil {
		return user.User{}, err
	}
	u.Password, u.JoinedAt, u.LastSignInAt, u.SignedOutAt = secret.New(password), moment(joined), moment(signedIn), moment(signedOut)
	return u, nil
}

// userTexts are what a person typed, or was made of it.
func userTexts(u user.User) error {
	return storable(string(u.ID), u.Username, u.UsernameKey, u.Email, u.EmailKey, u.FirstName, u.LastName)
}

// InsertUser implements user.Store. The unique keys of name and key decide, so of
// any number of people who register one name at once, one gets it. The cause of
// ErrUsernameTaken says which key it was.
func (db *DB) InsertUser(ctx context.Context, u user.User) error {
	return db.InsertUsers(ctx, []user.User{u})
}

// InsertUsers implements importer.Store.
func (db *DB) InsertUsers(ctx context.Context, all []user.User) error {
	rows := make([][]any, len(all))
	for i, u := range all {
		if err := userTexts(u); err != nil {
			return fmt.Errorf("insert user %s: %w", u.ID, err)
		}
		rows[i] = []any{
			u.ID, u.Username, u.UsernameKey, u.Email, u.EmailKey, u.FirstName, u.LastName,
			searchText(u.Username, u.Email, u.FirstName, u.LastName), u.Password.Reveal(),
			flag(u.PasswordMustChange), flag(u.Active), flag(u.Staff), flag(u.Superuser), u.RightsVersion,
			millis(u.JoinedAt), millis(u.LastSignInAt),
		}
	}
	err := db.tx(ctx, func(tx *DB) error {
		return tx.insertRows(ctx, `
			INSERT INTO users (id, username, username_key, email, email_key, first_name, last_name, search_text, password,
				password_must_change, is_active, is_staff, is_superuser, rights_version, joined_at, last_sign_in_at) VALUES`, rows)
	})
	if err != nil && db.duplicate(err) {
		return user.ErrUsernameTaken.Because(err)
	}
	if err != nil {
		return fmt.Errorf("insert %d users: %w", len(all), err)
	}
	return nil
}

// User implements user.Store.
func (db *DB) User(ctx context.Context, id ident.UserID) (user.User, error) {
	if storable(string(id)) != nil {
		return user.User{}, user.ErrNotFound
	}
	u, err := scanUser(db.row(ctx, `SELECT `+userColumns+` FROM users WHERE id = ?`, id))
	if absent(err, u.ID == id) {
		return user.User{}, user.ErrNotFound
	}
	if err != nil {
		return user.User{}, fmt.Errorf("user %s: %w", id, err)
	}
	return u, nil
}

// UserByUsername implements user.Store. It compares once more what the database
// found; see absent. It is one statement whoever is asked for, so a name that
// exists takes no other way than one that does not.
func (db *DB) UserByUsername(ctx context.Context, username, key string) (user.User, error) {
	if storable(username, key) != nil {
		return user.User{}, user.ErrNotFound
	}
	rows, err := db.query(ctx, `
		SELECT `+userColumns+` FROM users WHERE username = ? OR username_key = ?`, username, key)
	if err != nil {
		return user.User{}, fmt.Errorf("user by name: %w", err)
	}
	found, err := collect(ctx, db, rows, scanUser)
	if err != nil {
		return user.User{}, fmt.Errorf("user by name: %w", err)
	}
	for _, u := range found {
		if u.Username == username {
			return u, nil
		}
	}
	for _, u := range found {
		if key != "" && u.UsernameKey == key {
			return u, nil
		}
	}
	return user.User{}, user.ErrNotFound
}

// UsersByEmail implements user.Store. The empty key, which every account without
// an address has, finds nobody.
func (db *DB) UsersByEmail(ctx context.Context, emailKey string, limit int) ([]user.User, error) {
	if emailKey == "" || storable(emailKey) != nil {
		return nil, nil
	}
	rows, err := db.query(ctx, `
		SELECT `+userColumns+` FROM users WHERE email_key = ? ORDER BY joined_at, id LIMIT ?`, emailKey, limit)
	if err != nil {
		return nil, fmt.Errorf("users by email: %w", err)
	}
	found, err := collect(ctx, db, rows, scanUser)
	if err != nil {
		return nil, fmt.Errorf("users by email: %w", err)
	}
	return found, nil
}

// UpdateUser implements user.Store. The rights version in the WHERE clause keeps
// a change that was made from an older reading from giving back what was taken.
func (db *DB) UpdateUser(ctx context.Context, u user.User) error {
	if err := userTexts(u); err != nil {
		return fmt.Errorf("update user %s: %w", u.ID, err)
	}
	n, err := db.exec(ctx, `
		UPDATE users SET username = ?, username_key = ?, email = ?, email_key = ?, first_name = ?, last_name = ?,
			search_text = ?, is_staff = ?, is_superuser = ?, version = version + 1
		WHERE id = ? AND rights_version = ?`,
		u.Username, u.UsernameKey, u.Email, u.EmailKey, u.FirstName, u.LastName,
		searchText(u.Username, u.Email, u.FirstName, u.LastName), flag(u.Staff), flag(u.Superuser),
		u.ID, u.RightsVersion)
	if err != nil && db.duplicate(err) {
		return user.ErrUsernameTaken.Because(err)
	}
	if err != nil {
		return fmt.Errorf("update user %s: %w", u.ID, err)
	}
	if n == 1 {
		return nil
	}
	if err := db.userExists(ctx, u.ID); err != nil {
		return err
	}
	return user.ErrChanged
}

// SetActive implements user.Store.
func (db *DB) SetActive(ctx context.Context, id ident.UserID, active bool) (bool, error) {
	n, err := db.exec(ctx, `UPDATE users SET is_active = ?, version = version + 1 WHERE id = ? AND is_active <> ?`, flag(active), id, flag(active))
	if err != nil {
		return false, fmt.Errorf("set active of user %s: %w", id, err)
	}
	if n == 1 {
		return true, nil
	}
	return false, db.userExists(ctx, id)
}

// TakeVersion implements user.Store. The update changes nothing; that it matches the
// row says that the version is the account's, and keeps it so.
func (db *DB) TakeVersion(ctx context.Context, id ident.UserID, versions []int64) (bool, error) {
	for _, version := range versions {
		n, err := db.exec(ctx, `UPDATE users SET version = version WHERE id = ? AND version = ?`, id, version)
		if err != nil {
			return false, fmt.Errorf("take version %d of user %s: %w", version, id, err)
		}
		if n == 1 {
			return true, nil
		}
	}
	return false, db.userExists(ctx, id)
}

// userExists returns user.ErrNotFound when there is no such account.
func (db *DB) userExists(ctx context.Context, id ident.UserID) error {
	var n int64
	if err := db.row(ctx, `SELECT COUNT(*) FROM users WHERE id = ?`, id).Scan(&n); err != nil {
		return fmt.Errorf("look for user %s: %w", id, err)
	}
	if n == 0 {
		return user.ErrNotFound
	}
	return nil
}

// userChanged is the answer of a statement that was to change one account.
func userChanged(doing string, id ident.UserID, n int64, err error) error {
	if err != nil {
		return fmt.Errorf("%s user %s: %w", doing, id, err)
	}
	if n == 0 {
		return user.ErrNotFound
	}
	return nil
}

// SetPassword implements user.Store.
func (db *DB) SetPassword(ctx context.Context, id ident.UserID, encoded secret.Text) error {
	n, err := db.exec(ctx, `
		UPDATE users SET password = ?, password_must_change = 0, replaced_mark = '' WHERE id = ?`, encoded.Reveal(), id)
	return userChanged("set password of", id, n, err)
}

// ReplacePassword implements user.Store. The WHERE clause keeps a rehash at
// sign-in from undoing a password change that was committed meanwhile.
func (db *DB) ReplacePassword(ctx context.Context, id ident.UserID, from, to secret.Text) (bool, error) {
	n, err := db.exec(ctx, `
		UPDATE users SET password = ?, replaced_mark = ? WHERE id = ? AND password = ?`,
		to.Reveal(), user.PasswordMark(from), id, from.Reveal())
	if err != nil {
		return false, fmt.Errorf("replace password of user %s: %w", id, err)
	}
	return n == 1, nil
}

// ChangePassword implements user.Store. The WHERE clause keeps somebody who knew
// an older password from setting one.
func (db *DB) ChangePassword(ctx context.Context, id ident.UserID, from, to secret.Text) (bool, error) {
	n, err := db.exec(ctx, `
		UPDATE users SET password = ?, password_must_change = 0, replaced_mark = '' WHERE id = ? AND password = ?`,
		to.Reveal(), id, from.Reveal())
	if err != nil {
		return false, fmt.Errorf("change password of user %s: %w", id, err)
	}
	return n == 1, nil
}

// ConfirmSignIn implements user.Store.
func (db *DB) ConfirmSignIn(ctx context.Context, id ident.UserID, rightsVersion int64, at time.Time) (bool, error) {
	var n int64
	var err error
	if at.IsZero() {
		// The update changes nothing, but takes the row and looks at it as the other does.
		n, err = db.exec(ctx, `
			UPDATE users SET last_sign_in_at = last_sign_in_at
			WHERE id = ? AND is_active = 1 AND rights_version = ?`, id, rightsVersion)
	} else {
		n, err = db.exec(ctx, `
			UPDATE users SET last_sign_in_at = ?, version = version + 1
			WHERE id = ? AND is_active = 1 AND rights_version = ?`, millis(at), id, rightsVersion)
	}
	if err != nil {
		return false, fmt.Errorf("confirm the sign-in of user %s: %w", id, err)
	}
	return n == 1, nil
}

// DeleteUser implements user.Store. Sessions, roles and grants go with the
// account by their foreign keys.
func (db *DB) DeleteUser(ctx context.Context, id ident.UserID) error {
	n, err := db.exec(ctx, `DELETE FROM users WHERE id = ?`, id)
	return userChanged("delete", id, n, err)
}
