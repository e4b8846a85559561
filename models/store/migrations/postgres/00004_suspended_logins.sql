-- +goose Up
ALTER TABLE login_transactions ADD COLUMN suspended bytea; -- sealed; NULL unless a hook suspended the login

CREATE TABLE forms (
    id   text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    data jsonb NOT NULL
);

-- +goose Down
DROP TABLE forms;
ALTER TABLE login_transactions DROP COLUMN suspended;
