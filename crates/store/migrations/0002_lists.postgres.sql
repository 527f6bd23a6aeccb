-- How many there are, kept where they change: a list's count is read and not counted. The value of a counter is the sum of its slots.
CREATE TABLE counts (
    owner_id BYTEA NOT NULL, kind TEXT NOT NULL, of_id BYTEA NOT NULL, slot BIGINT NOT NULL, value BIGINT NOT NULL,
    PRIMARY KEY (owner_id, kind, of_id, slot)
);
INSERT INTO counts (owner_id, kind, of_id, slot, value) SELECT environment_id, 'users', population_id, 0, COUNT(*) FROM users GROUP BY environment_id, population_id;
INSERT INTO counts (owner_id, kind, of_id, slot, value) SELECT environment_id, 'populations', environment_id, 0, COUNT(*) FROM populations GROUP BY environment_id;
INSERT INTO counts (owner_id, kind, of_id, slot, value) SELECT environment_id, 'applications', environment_id, 0, COUNT(*) FROM applications GROUP BY environment_id;
INSERT INTO counts (owner_id, kind, of_id, slot, value) SELECT organization_id, 'environments', organization_id, 0, COUNT(*) FROM environments GROUP BY organization_id;

-- Each ends in the order of a page, so that whoever it finds comes in that order. In the order of bytes a beginning is a range.
CREATE INDEX users_by_population ON users (environment_id, population_id, created_at, id);
CREATE INDEX users_by_username ON users (environment_id, username_key COLLATE "C", created_at, id);
CREATE INDEX users_by_email ON users (environment_id, email_key COLLATE "C", created_at, id);
CREATE INDEX users_by_given ON users (environment_id, given_key COLLATE "C", created_at, id);
CREATE INDEX users_by_family ON users (environment_id, family_key COLLATE "C", created_at, id);
-- An entry of an index has fewer octets on PostgreSQL than the longest external id.
CREATE INDEX users_by_external_id ON users (environment_id, (substr((body::jsonb #>> '{profile,external_id}'), 1, 200)) COLLATE "C", created_at, id);
DROP INDEX users_population;
DROP INDEX users_email;
CREATE INDEX populations_page ON populations (environment_id, created_at, id);
CREATE INDEX applications_page ON applications (environment_id, created_at, id);
CREATE INDEX applications_by_name ON applications (environment_id, name_key COLLATE "C", created_at, id);
CREATE INDEX environments_page ON environments (organization_id, created_at, id);
