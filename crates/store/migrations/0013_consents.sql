-- What people allow applications that nobody here vouches for.
CREATE TABLE consents (
    environment_id BYTEA NOT NULL, user_id BYTEA NOT NULL, application_id BYTEA NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, user_id, application_id)
);
CREATE INDEX consents_application ON consents (environment_id, application_id);
