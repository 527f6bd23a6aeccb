-- What was configured, told by each process in a row of its own: where processes write side by side none waits for another's.
-- Up to `told` it was repeated in environment_revisions, for processes that know no other place.
CREATE TABLE change_slots (slot BIGINT PRIMARY KEY, value BIGINT NOT NULL, told BIGINT NOT NULL);
CREATE TABLE changed_environments (slot BIGINT NOT NULL, environment_id BYTEA NOT NULL, revision BIGINT NOT NULL, PRIMARY KEY (slot, environment_id));
CREATE INDEX changed_environments_revision ON changed_environments (slot, revision);
