-- +goose Up
-- signed_out_at is when all sessions of the account were ended last: what another
-- issuer signed until then counts no more. replaced_mark is the mark of the password
-- string that the present one replaced for the same password.
ALTER TABLE users ADD COLUMN signed_out_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN replaced_mark TEXT NOT NULL DEFAULT '' CHECK (length(replaced_mark) <= 32);
