-- Which applications take part in a session, and from its end on when each is told of it.
CREATE TABLE participations (
    environment_id BYTEA NOT NULL, session_id BYTEA NOT NULL, application_id BYTEA NOT NULL, issuer TEXT NOT NULL, user_id BYTEA NOT NULL,
    subject TEXT NOT NULL, expires_at BIGINT NOT NULL, due_at BIGINT, attempts BIGINT NOT NULL,
    PRIMARY KEY (environment_id, session_id, application_id, issuer)
);
CREATE INDEX participations_user ON participations (environment_id, user_id);
CREATE INDEX participations_expiry ON participations (expires_at);
CREATE INDEX participations_due ON participations (environment_id, due_at) WHERE due_at IS NOT NULL;

-- What was given for offline access outlives the sign-off. What a process of before gives does not.
ALTER TABLE families ADD COLUMN offline BOOLEAN NOT NULL DEFAULT FALSE;
