-- +goose Up
-- A signing key. The private half is sealed under the instance secret.
CREATE TABLE signing_keys (
    id           TEXT NOT NULL CHECK (length(id) <= 64),
    algorithm    TEXT NOT NULL CHECK (length(algorithm) <= 20),
    sealed       BLOB NOT NULL,
    public_jwk   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    activates_at INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
