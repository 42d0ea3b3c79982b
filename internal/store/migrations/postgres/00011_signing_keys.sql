-- +goose Up
-- A signing key. The private half is sealed under the instance secret.
CREATE TABLE signing_keys (
    id           VARCHAR(64) COLLATE "C" NOT NULL,
    algorithm    VARCHAR(20) COLLATE "C" NOT NULL,
    sealed       BYTEA NOT NULL,
    public_jwk   TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    activates_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
