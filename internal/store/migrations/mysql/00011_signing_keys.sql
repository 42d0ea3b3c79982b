-- +goose Up
-- A signing key. The private half is sealed under the instance secret.
CREATE TABLE signing_keys (
    id           VARCHAR(64) NOT NULL,
    algorithm    VARCHAR(20) NOT NULL,
    sealed       BLOB NOT NULL,
    public_jwk   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    activates_at BIGINT NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
