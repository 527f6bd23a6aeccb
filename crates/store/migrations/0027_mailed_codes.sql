-- Codes that were sent to people: one lives for each user and purpose.
CREATE TABLE mailed_codes (
    environment_id BYTEA NOT NULL, user_id BYTEA NOT NULL, kind TEXT NOT NULL, digest BYTEA NOT NULL, expires_at BIGINT NOT NULL,
    tries_left BIGINT NOT NULL, sent BIGINT NOT NULL,
    PRIMARY KEY (environment_id, user_id, kind)
);
CREATE INDEX mailed_codes_expiry ON mailed_codes (expires_at);
