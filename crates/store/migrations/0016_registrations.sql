-- By which clients may be registered, so many times each.
CREATE TABLE initial_access_tokens (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used BIGINT NOT NULL DEFAULT 0,
    body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX initial_access_tokens_expiry ON initial_access_tokens (expires_at);
-- Since when a client that registered itself was given no token. NULL: it was given one, or did not register itself.
ALTER TABLE applications ADD COLUMN unused_since BIGINT;
CREATE INDEX applications_unused ON applications (environment_id, unused_since) WHERE unused_since IS NOT NULL;
