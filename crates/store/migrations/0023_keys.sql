-- Keys with certificates. Those that sign tokens by a key rotation policy are here; the environment's own stay in signing_keys, as they are.
CREATE TABLE keys (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, created_at BIGINT NOT NULL, retired_at BIGINT, version BIGINT NOT NULL,
    sealed BYTEA NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX keys_retired ON keys (retired_at) WHERE retired_at IS NOT NULL;
-- When the next key of a policy follows. An environment's own policy is written by the first process of this version that looks.
CREATE TABLE key_rotation_policies (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, created_at BIGINT NOT NULL, due_at BIGINT NOT NULL, version BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
CREATE INDEX key_rotation_policies_due ON key_rotation_policies (due_at);
CREATE TABLE certificates (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id)
);
