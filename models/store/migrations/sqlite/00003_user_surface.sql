-- +goose Up

-- What Actions see of a user and no exchange reads: the groups, and where and when the user signed in last.
ALTER TABLE users ADD COLUMN group_names text NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN seen_at integer;
ALTER TABLE users ADD COLUMN seen_latitude real;
ALTER TABLE users ADD COLUMN seen_longitude real;

-- +goose Down
ALTER TABLE users DROP COLUMN seen_longitude;
ALTER TABLE users DROP COLUMN seen_latitude;
ALTER TABLE users DROP COLUMN seen_at;
ALTER TABLE users DROP COLUMN group_names;
