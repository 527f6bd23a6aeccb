-- Attributes of users that an environment made, or changed: what stands from the beginning has no row until somebody writes it. Users of
-- before have no values of them.
CREATE TABLE schema_attributes (
    environment_id BYTEA NOT NULL, id BYTEA NOT NULL, name_key TEXT NOT NULL, created_at BIGINT NOT NULL, version BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (environment_id, id), UNIQUE (environment_id, name_key)
);
-- What filters find of users' values: a key for each, and the whole where that is longer. Of an attribute that is unique the key stands
-- in sole too.
CREATE TABLE user_values (
    environment_id BYTEA NOT NULL, attribute_id BYTEA NOT NULL, path TEXT NOT NULL, value_key TEXT NOT NULL, user_id BYTEA NOT NULL,
    value_text TEXT, sole TEXT,
    PRIMARY KEY (environment_id, attribute_id, path, value_key, user_id)
);
CREATE UNIQUE INDEX user_values_sole ON user_values (environment_id, attribute_id, sole);
CREATE INDEX user_values_by_user ON user_values (environment_id, user_id);
-- Attributes that ended, and whose values are taken from users.
CREATE TABLE schema_endings (environment_id BYTEA NOT NULL, id BYTEA NOT NULL, PRIMARY KEY (environment_id, id));
