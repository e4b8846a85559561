-- +goose Up
ALTER TABLE login_transactions ADD COLUMN suspended blob; -- sealed; NULL unless a hook suspended the login

CREATE TABLE forms (
    id   text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    data text NOT NULL
) STRICT;

-- +goose Down
DROP TABLE forms;
ALTER TABLE login_transactions DROP COLUMN suspended;
