-- +goose Up

-- Second factors. A user has one of a kind, except that email and phone may have several addresses.
CREATE TABLE authenticators (
    id           text PRIMARY KEY,
    user_id      text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type         text NOT NULL,
    sealed_key   blob, -- sealed
    code_hash    blob,
    address      text NOT NULL,
    last_step    integer NOT NULL,
    created_at   integer NOT NULL,
    last_used_at integer,
    UNIQUE (user_id, type, address)
) STRICT;

-- A second factor on its way, under the hash of what names it. A row outlives its end by a while, to be told from one that never was.
CREATE TABLE mfa_transactions (
    hash                   blob PRIMARY KEY,
    user_id                text NOT NULL,
    client_id              text NOT NULL,
    state                  blob, -- sealed
    enrolment              blob, -- sealed
    challenge_type         text NOT NULL,
    challenge_of           text NOT NULL,
    challenge_oob          blob,
    challenge_mac          blob,
    challenge_expires_at   integer,
    attempts               integer NOT NULL,
    created_at             integer NOT NULL,
    ends_at                integer NOT NULL,
    expires_at             integer NOT NULL
) STRICT;
CREATE INDEX mfa_transactions_expiry ON mfa_transactions (expires_at);

-- How many codes were tried for a user, and sent to one, since a moment.
CREATE TABLE factor_counts (
    hash       blob PRIMARY KEY, -- of the user and of what is counted
    count      integer NOT NULL,
    expires_at integer NOT NULL
) STRICT;
CREATE INDEX factor_counts_expiry ON factor_counts (expires_at);

-- Browsers whose user need not give a second factor until then.
CREATE TABLE remembered_browsers (
    hash       blob PRIMARY KEY, -- of the cookie and the user
    user_id    text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at integer NOT NULL,
    expires_at integer NOT NULL
) STRICT;
CREATE INDEX remembered_browsers_expiry ON remembered_browsers (expires_at);
CREATE INDEX remembered_browsers_user ON remembered_browsers (user_id);

-- +goose Down
DROP TABLE remembered_browsers;
DROP TABLE factor_counts;
DROP TABLE mfa_transactions;
DROP TABLE authenticators;
