-- +goose Up
-- An account. The features make username_key and email_key. search_text is username,
-- email and names in lower case, one a line.
CREATE TABLE users (
    id              TEXT NOT NULL CHECK (length(id) <= 40),
    username        TEXT NOT NULL CHECK (length(username) <= 150),
    username_key    TEXT NOT NULL CHECK (length(username_key) <= 450),
    email           TEXT NOT NULL CHECK (length(email) <= 320),
    email_key       TEXT NOT NULL CHECK (length(email_key) <= 640),
    first_name      TEXT NOT NULL CHECK (length(first_name) <= 150),
    last_name       TEXT NOT NULL CHECK (length(last_name) <= 150),
    search_text     TEXT NOT NULL CHECK (length(search_text) <= 800),
    password        TEXT NOT NULL CHECK (length(password) <= 255),
    is_active       INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    is_staff        INTEGER NOT NULL CHECK (is_staff IN (0, 1)),
    is_superuser    INTEGER NOT NULL CHECK (is_superuser IN (0, 1)),
    rights_version  INTEGER NOT NULL,
    joined_at       INTEGER NOT NULL,
    last_sign_in_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT users_username UNIQUE (username),
    CONSTRAINT users_username_key UNIQUE (username_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX users_email ON users (email_key, joined_at);
CREATE INDEX users_joined ON users (joined_at, id);
CREATE INDEX users_superuser ON users (is_superuser, is_active);
