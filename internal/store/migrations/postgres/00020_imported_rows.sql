-- +goose Up
-- What was made of the rows of another service's database: target_id is what a row
-- became here, and fields are digests of its values as they were written. A row of
-- this table outlives what was made, so that it is not made again.
CREATE TABLE imported_rows (
    source    VARCHAR(40) COLLATE "C" NOT NULL,
    kind      VARCHAR(20) COLLATE "C" NOT NULL,
    source_id VARCHAR(40) COLLATE "C" NOT NULL,
    target_id VARCHAR(150) COLLATE "C" NOT NULL,
    fields    BYTEA NOT NULL CHECK (length(fields) <= 255),
    PRIMARY KEY (source, kind, source_id)
);
