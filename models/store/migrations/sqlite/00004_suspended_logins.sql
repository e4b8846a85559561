-- +goose Up
ALTER TABLE login_transactions ADD COLUMN suspended blob; -- sealed; NULL unless a hook suspended the login

-- +goose Down
ALTER TABLE login_transactions DROP COLUMN suspended;
