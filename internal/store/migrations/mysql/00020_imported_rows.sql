-- +goose Up
-- What was made of the rows of another service's database: target_id is what a row
-- became here, and fields are digests of its values as they were written. A row of
-- this table outlives what was made, so that it is not made again.
CREATE TABLE imported_rows (
    source    VARCHAR(40) NOT NULL,
    kind      VARCHAR(20) NOT NULL,
    source_id VARCHAR(40) NOT NULL,
    target_id VARCHAR(150) NOT NULL,
    fields    VARBINARY(255) NOT NULL,
    PRIMARY KEY (source, kind, source_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
