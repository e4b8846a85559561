-- +goose Up

-- Times are milliseconds since 1970 in UTC, lists and maps JSON text, booleans 0 and 1.

-- One row whose version grows with every change of the configuration; its lock orders those changes.
CREATE TABLE config_version (
    id      integer PRIMARY KEY CHECK (id = 1),
    version integer NOT NULL
) STRICT;
INSERT INTO config_version (id, version) VALUES (1, 0);

-- Configuration. It is read whole, by key, through a cache, and never searched by its members: those are in data.
CREATE TABLE tenant (
    id   integer PRIMARY KEY CHECK (id = 1),
    data text NOT NULL
) STRICT;
CREATE TABLE clients (
    id   text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    data text NOT NULL
) STRICT;
CREATE TABLE resource_servers (
    id         text PRIMARY KEY,
    identifier text NOT NULL UNIQUE,
    data       text NOT NULL
) STRICT;
CREATE TABLE client_grants (
    id        text PRIMARY KEY,
    client_id text NOT NULL,
    audience  text NOT NULL,
    data      text NOT NULL,
    UNIQUE (client_id, audience)
) STRICT;
CREATE TABLE connections (
    id   text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    data text NOT NULL
) STRICT;
CREATE TABLE organizations (
    id   text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    data text NOT NULL
) STRICT;
CREATE TABLE roles (
    id   text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    data text NOT NULL
) STRICT;
CREATE TABLE actions (
    id      text PRIMARY KEY,
    name    text NOT NULL UNIQUE,
    data    text NOT NULL,
    secrets blob NOT NULL -- sealed
) STRICT;
CREATE TABLE action_bindings (
    id           text PRIMARY KEY,
    trigger_id   text NOT NULL,
    position     integer NOT NULL,
    action_id    text NOT NULL REFERENCES actions (id),
    display_name text NOT NULL,
    UNIQUE (trigger_id, position)
) STRICT;
CREATE TABLE signing_keys (
    id         text PRIMARY KEY,
    alg        text NOT NULL,
    jwk        blob NOT NULL, -- sealed
    created_at integer NOT NULL,
    retired_at integer
) STRICT;

-- Users and what belongs to them. The *_key columns hold the lower case of what people sign in with.
CREATE TABLE users (
    id                  text PRIMARY KEY,
    connection          text NOT NULL,
    email               text NOT NULL,
    email_key           text NOT NULL,
    email_verified      integer NOT NULL,
    username            text NOT NULL,
    username_key        text NOT NULL,
    phone_number        text NOT NULL,
    phone_verified      integer NOT NULL,
    name                text NOT NULL,
    nickname            text NOT NULL,
    given_name          text NOT NULL,
    family_name         text NOT NULL,
    picture             text NOT NULL,
    password_hash       text NOT NULL,
    blocked             integer NOT NULL,
    app_metadata        text NOT NULL,
    user_metadata       text NOT NULL,
    role_ids            text NOT NULL,
    logins_count        integer NOT NULL,
    last_login          integer,
    last_ip             text NOT NULL,
    last_password_reset integer,
    created_at          integer NOT NULL,
    updated_at          integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_email ON users (connection, email_key) WHERE email_key <> '';
CREATE UNIQUE INDEX users_username ON users (connection, username_key) WHERE username_key <> '';

CREATE TABLE memberships (
    organization_id text NOT NULL,
    user_id         text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_ids        text NOT NULL,
    PRIMARY KEY (organization_id, user_id)
) STRICT;
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE consents (
    user_id    text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id  text NOT NULL,
    audience   text NOT NULL,
    scopes     text NOT NULL,
    updated_at integer NOT NULL,
    PRIMARY KEY (user_id, client_id, audience)
) STRICT;

-- Sessions.
CREATE TABLE sessions (
    id                 text PRIMARY KEY,
    secret_hash        blob NOT NULL UNIQUE,
    user_id            text NOT NULL,
    connection         text NOT NULL,
    created_at         integer NOT NULL,
    updated_at         integer NOT NULL,
    authenticated_at   integer NOT NULL,
    last_interacted_at integer NOT NULL,
    expires_at         integer,
    idle_expires_at    integer,
    initial_ip         text NOT NULL,
    initial_asn        text NOT NULL,
    initial_user_agent text NOT NULL,
    last_ip            text NOT NULL,
    last_asn           text NOT NULL,
    last_user_agent    text NOT NULL,
    clients            text NOT NULL,
    methods            text NOT NULL,
    cookie             text NOT NULL,
    metadata           text NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, id);

-- Refresh tokens: one row per family for its whole life. No column that an exchange changes is indexed.
CREATE TABLE refresh_tokens (
    id                 text PRIMARY KEY,
    user_id            text NOT NULL,
    client_id          text NOT NULL,
    session_id         text NOT NULL,
    organization_id    text NOT NULL,
    connection         text NOT NULL,
    audience           text NOT NULL,
    scopes             text NOT NULL,
    auth_time          integer,
    auth_methods       text NOT NULL,
    initial_ip         text NOT NULL,
    initial_asn        text NOT NULL,
    initial_user_agent text NOT NULL,
    last_ip            text NOT NULL,
    last_asn           text NOT NULL,
    last_user_agent    text NOT NULL,
    created_at         integer NOT NULL,
    expires_at         integer,
    idle_expires_at    integer,
    last_exchanged_at  integer,
    rotating           integer NOT NULL,
    generation         integer NOT NULL,
    secret_hash        blob NOT NULL,
    rotated_at         integer,
    revoked_at         integer,
    metadata           text NOT NULL
) STRICT;
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id, client_id);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id) WHERE session_id <> '';

-- Short-lived rows. Codes, transactions and assertions are kept under a hash.
CREATE TABLE authorization_codes (
    hash       blob PRIMARY KEY,
    user_id    text NOT NULL,
    data       text NOT NULL,
    created_at integer NOT NULL,
    expires_at integer NOT NULL,
    used_at    integer
) STRICT;
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);

CREATE TABLE login_transactions (
    hash             blob PRIMARY KEY,
    client_id        text NOT NULL,
    params           text NOT NULL, -- urlencoded: what came may be no valid text
    organization_id  text NOT NULL,
    browser          blob,
    session_id       text NOT NULL,
    authenticated_at integer,
    consented        integer NOT NULL,
    declined         integer NOT NULL,
    created_at       integer NOT NULL,
    expires_at       integer NOT NULL
) STRICT;
CREATE INDEX login_transactions_expiry ON login_transactions (expires_at);

CREATE TABLE assertions (
    hash       blob PRIMARY KEY,
    expires_at integer NOT NULL
) STRICT;
CREATE INDEX assertions_expiry ON assertions (expires_at);

-- The log. Ids sort by time, so the primary key orders, pages and trims it.
CREATE TABLE log_events (
    log_id     text PRIMARY KEY,
    date       integer NOT NULL,
    type       text NOT NULL,
    user_id    text NOT NULL,
    client_id  text NOT NULL,
    data       text NOT NULL,
    executions text
) STRICT;
CREATE INDEX log_events_user ON log_events (user_id, log_id) WHERE user_id <> '';

-- +goose Down
DROP TABLE log_events;
DROP TABLE assertions;
DROP TABLE login_transactions;
DROP TABLE authorization_codes;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE consents;
DROP TABLE memberships;
DROP TABLE users;
DROP TABLE signing_keys;
DROP TABLE action_bindings;
DROP TABLE actions;
DROP TABLE roles;
DROP TABLE organizations;
DROP TABLE connections;
DROP TABLE client_grants;
DROP TABLE resource_servers;
DROP TABLE clients;
DROP TABLE tenant;
DROP TABLE config_version;
