-- Assertions by which clients authenticated: each may be used once.
CREATE TABLE used_assertions (
    environment_id BYTEA NOT NULL, application_id BYTEA NOT NULL, hash BYTEA NOT NULL, expires_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, application_id, hash)
);
CREATE INDEX used_assertions_expiry ON used_assertions (expires_at);
