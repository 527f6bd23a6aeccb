-- The filter by which users are in a group without being put there.
ALTER TABLE groups ADD COLUMN user_filter TEXT;
CREATE INDEX groups_filtered ON groups (environment_id, id) WHERE user_filter IS NOT NULL;
-- Whether somebody put the user into the group, and whether its filter does: a row is there while one of them holds.
ALTER TABLE group_members ADD COLUMN direct BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE group_members ADD COLUMN filtered BOOLEAN NOT NULL DEFAULT FALSE;
-- How often the filters of an environment changed: whoever writes a user says by which of them they decided.
ALTER TABLE environments ADD COLUMN group_filters BIGINT NOT NULL DEFAULT 0;
-- Groups whose filter changed, and how far the users were gone through for it, in the order of their ids.
CREATE TABLE group_fillings (
    environment_id BYTEA NOT NULL, group_id BYTEA NOT NULL, revision BIGINT NOT NULL, after_id BYTEA,
    PRIMARY KEY (environment_id, group_id)
);
