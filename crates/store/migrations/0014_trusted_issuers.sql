-- Issuers whose tokens prove applications.
CREATE TABLE trusted_issuers (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, issuer TEXT NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, issuer)
);
