-- Password policies that are written: names are unique, one is the default, and none is deleted that a population has.
ALTER TABLE password_policies ADD COLUMN name_key TEXT;
ALTER TABLE password_policies ADD COLUMN is_default BOOLEAN;
ALTER TABLE password_policies ADD COLUMN not_similar BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE password_policies ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
UPDATE password_policies SET name_key = lower(body::jsonb ->> 'name'), is_default = COALESCE((body::jsonb ->> 'default')::boolean, FALSE);
CREATE UNIQUE INDEX password_policies_environment_id_name_key_key ON password_policies (environment_id, name_key) WHERE name_key IS NOT NULL;
CREATE UNIQUE INDEX password_policies_one_default ON password_policies (environment_id) WHERE is_default;
CREATE INDEX password_policies_page ON password_policies (environment_id, created_at, id);
ALTER TABLE populations ADD COLUMN password_policy_id BYTEA;
UPDATE populations SET password_policy_id = decode(replace(body::jsonb ->> 'password_policy', '-', ''), 'hex') WHERE (body::jsonb ->> 'password_policy') IS NOT NULL;
CREATE INDEX populations_by_password_policy ON populations (environment_id, password_policy_id);

-- Whether a person chose their password themself: of those who did before, nobody knows.
ALTER TABLE users ADD COLUMN password_chosen BOOLEAN NOT NULL DEFAULT FALSE;
-- Passwords that were replaced, for as long as they are not taken again.
CREATE TABLE password_history (
    environment_id BYTEA NOT NULL, user_id BYTEA NOT NULL, hash TEXT NOT NULL, retired_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
    PRIMARY KEY (environment_id, user_id, hash)
);
CREATE INDEX password_history_expiry ON password_history (expires_at);
