-- +goose Up

-- Second factors. A user has one of a kind, except that email and phone may have several addresses.
CREATE TABLE authenticators (
    id           text COLLATE "C" PRIMARY KEY,
    user_id      text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type         text NOT NULL,
    sealed_key   bytea, -- sealed
    code_hash    bytea,
    address      text NOT NULL,
    last_step    bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    UNIQUE (user_id, type, address)
);

-- A second factor on its way, under the hash of what names it. A row outlives its end by a while, to be told from one that never was.
CREATE TABLE mfa_transactions (
    hash                   bytea PRIMARY KEY,
    user_id                text COLLATE "C" NOT NULL,
    client_id              text NOT NULL,
    state                  bytea, -- sealed
    enrolment              bytea, -- sealed
    challenge_type         text NOT NULL,
    challenge_of           text NOT NULL,
    challenge_oob          bytea,
    challenge_mac          bytea,
    challenge_expires_at   timestamptz,
    attempts               integer NOT NULL,
    created_at             timestamptz NOT NULL,
    ends_at                timestamptz NOT NULL,
    expires_at             timestamptz NOT NULL
);
CREATE INDEX mfa_transactions_expiry ON mfa_transactions (expires_at);

-- How many codes were tried for a user, and sent to one, since a moment.
CREATE TABLE factor_counts (
    hash       bytea PRIMARY KEY, -- of the user and of what is counted
    count      integer NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX factor_counts_expiry ON factor_counts (expires_at);

-- Browsers whose user need not give a second factor until then.
CREATE TABLE remembered_browsers (
    hash       bytea PRIMARY KEY, -- of the cookie and the user
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX remembered_browsers_expiry ON remembered_browsers (expires_at);
CREATE INDEX remembered_browsers_user ON remembered_browsers (user_id);

-- +goose Down
DROP TABLE remembered_browsers, factor_counts, mfa_transactions, authenticators;
