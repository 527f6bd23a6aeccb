-- By which clients may be registered, so many times each.
CREATE TABLE initial_access_tokens (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX initial_access_tokens_expiry ON initial_access_tokens (expires_at);
-- Since when a client that registered itself was given no token. NULL: it was given one, or did not register itself.
ALTER TABLE applications ADD COLUMN unused_since BIGINT;
CREATE INDEX applications_unused ON applications (environment_id, unused_since) WHERE unused_since IS NOT NULL;
-- The metadata that a public client of anybody's was registered with: whoever registers the same is given the same client, for as
-- long as it is there. Once it is deleted they are given another, which nothing that was issued to it is good for.
ALTER TABLE applications ADD COLUMN registered_as TEXT;
CREATE UNIQUE INDEX applications_registered_as ON applications (environment_id, registered_as) WHERE registered_as IS NOT NULL;
