-- Authorization requests that clients pushed: each may be answered once.
CREATE TABLE pushed_requests (
    environment_id BYTEA NOT NULL, hash BYTEA NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, hash)
);
CREATE INDEX pushed_requests_expiry ON pushed_requests (expires_at);
