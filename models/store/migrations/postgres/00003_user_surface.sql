-- +goose Up

-- What Actions see of a user and no exchange reads: the groups, and where and when the user signed in last.
ALTER TABLE users
    ADD COLUMN group_names    jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN seen_at        timestamptz,
    ADD COLUMN seen_latitude  double precision,
    ADD COLUMN seen_longitude double precision;

-- +goose Down
ALTER TABLE users DROP COLUMN seen_longitude, DROP COLUMN seen_latitude, DROP COLUMN seen_at, DROP COLUMN group_names;
