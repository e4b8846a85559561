-- +goose Up

-- One row whose version grows with every change of the configuration; its lock orders those changes.
CREATE TABLE config_version (
    id      smallint PRIMARY KEY CHECK (id = 1),
    version bigint NOT NULL
);
INSERT INTO config_version (id, version) VALUES (1, 0);

-- Configuration. It is read whole, by key, through a cache, and never searched by its members: those are in data.
CREATE TABLE tenant (
    id   smallint PRIMARY KEY CHECK (id = 1),
    data jsonb NOT NULL
);
CREATE TABLE clients (
    id   text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    data jsonb NOT NULL
);
CREATE TABLE resource_servers (
    id         text COLLATE "C" PRIMARY KEY,
    identifier text COLLATE "C" NOT NULL UNIQUE,
    data       jsonb NOT NULL
);
CREATE TABLE client_grants (
    id        text COLLATE "C" PRIMARY KEY,
    client_id text COLLATE "C" NOT NULL,
    audience  text COLLATE "C" NOT NULL,
    data      jsonb NOT NULL,
    UNIQUE (client_id, audience)
);
CREATE TABLE connections (
    id   text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    data jsonb NOT NULL
);
CREATE TABLE organizations (
    id   text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    data jsonb NOT NULL
);
CREATE TABLE roles (
    id   text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    data jsonb NOT NULL
);
CREATE TABLE actions (
    id      text COLLATE "C" PRIMARY KEY,
    name    text COLLATE "C" NOT NULL UNIQUE,
    data    jsonb NOT NULL,
    secrets bytea NOT NULL -- sealed
);
CREATE TABLE action_bindings (
    id           text COLLATE "C" PRIMARY KEY,
    trigger_id   text COLLATE "C" NOT NULL,
    position     integer NOT NULL,
    action_id    text COLLATE "C" NOT NULL REFERENCES actions (id),
    display_name text NOT NULL,
    UNIQUE (trigger_id, position)
);
CREATE TABLE signing_keys (
    id         text COLLATE "C" PRIMARY KEY,
    alg        text NOT NULL,
    jwk        bytea NOT NULL, -- sealed
    created_at timestamptz NOT NULL,
    retired_at timestamptz
);

-- Users and what belongs to them. The *_key columns hold the lower case of what people sign in with.
CREATE TABLE users (
    id                  text COLLATE "C" PRIMARY KEY,
    connection          text COLLATE "C" NOT NULL,
    email               text NOT NULL,
    email_key           text COLLATE "C" NOT NULL,
    email_verified      boolean NOT NULL,
    username            text NOT NULL,
    username_key        text COLLATE "C" NOT NULL,
    phone_number        text NOT NULL,
    phone_verified      boolean NOT NULL,
    name                text NOT NULL,
    nickname            text NOT NULL,
    given_name          text NOT NULL,
    family_name         text NOT NULL,
    picture             text NOT NULL,
    password_hash       text NOT NULL,
    blocked             boolean NOT NULL,
    app_metadata        jsonb NOT NULL,
    user_metadata       jsonb NOT NULL,
    role_ids            jsonb NOT NULL,
    logins_count        bigint NOT NULL,
    last_login          timestamptz,
    last_ip             text NOT NULL,
    last_password_reset timestamptz,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX users_email ON users (connection, email_key) WHERE email_key <> '';
CREATE UNIQUE INDEX users_username ON users (connection, username_key) WHERE username_key <> '';

CREATE TABLE memberships (
    organization_id text COLLATE "C" NOT NULL,
    user_id         text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_ids        jsonb NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE consents (
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id  text COLLATE "C" NOT NULL,
    audience   text COLLATE "C" NOT NULL,
    scopes     text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, client_id, audience)
);

-- Sessions. The number of metadata entries is checked here too, because a login's hooks change a session's metadata in
-- the statement that changes a token, and one of the two can't see the other fail in any other way.
CREATE TABLE sessions (
    id                 text COLLATE "C" PRIMARY KEY,
    secret_hash        bytea NOT NULL UNIQUE,
    user_id            text COLLATE "C" NOT NULL,
    connection         text NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    authenticated_at   timestamptz NOT NULL,
    last_interacted_at timestamptz NOT NULL,
    expires_at         timestamptz,
    idle_expires_at    timestamptz,
    initial_ip         text NOT NULL,
    initial_asn        text NOT NULL,
    initial_user_agent text NOT NULL,
    last_ip            text NOT NULL,
    last_asn           text NOT NULL,
    last_user_agent    text NOT NULL,
    clients            jsonb NOT NULL,
    methods            jsonb NOT NULL,
    cookie             text NOT NULL,
    metadata           jsonb NOT NULL,
    CONSTRAINT sessions_metadata_entries CHECK (jsonb_array_length(jsonb_path_query_array(metadata, '$.keyvalue()')) <= 25)
) WITH (fillfactor = 80);
CREATE INDEX sessions_user ON sessions (user_id, id);

-- Refresh tokens: one row per family for its whole life. No column that an exchange changes is indexed, and the pages
-- have room, so that a rotation is a heap-only update.
CREATE TABLE refresh_tokens (
    id                 text COLLATE "C" PRIMARY KEY,
    user_id            text COLLATE "C" NOT NULL,
    client_id          text COLLATE "C" NOT NULL,
    session_id         text COLLATE "C" NOT NULL,
    organization_id    text COLLATE "C" NOT NULL,
    connection         text NOT NULL,
    audience           text NOT NULL,
    scopes             text NOT NULL,
    auth_time          timestamptz,
    auth_methods       jsonb NOT NULL,
    initial_ip         text NOT NULL,
    initial_asn        text NOT NULL,
    initial_user_agent text NOT NULL,
    last_ip            text NOT NULL,
    last_asn           text NOT NULL,
    last_user_agent    text NOT NULL,
    created_at         timestamptz NOT NULL,
    expires_at         timestamptz,
    idle_expires_at    timestamptz,
    last_exchanged_at  timestamptz,
    rotating           boolean NOT NULL,
    generation         bigint NOT NULL,
    secret_hash        bytea NOT NULL,
    rotated_at         timestamptz,
    revoked_at         timestamptz,
    metadata           jsonb NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id, client_id);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id) WHERE session_id <> '';

-- Short-lived rows. Codes, transactions and assertions are kept under a hash.
CREATE TABLE authorization_codes (
    hash       bytea PRIMARY KEY,
    user_id    text COLLATE "C" NOT NULL,
    data       json NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);

CREATE TABLE login_transactions (
    hash             bytea PRIMARY KEY,
    client_id        text NOT NULL,
    params           text NOT NULL, -- urlencoded: what came may be no valid text
    organization_id  text NOT NULL,
    browser          bytea,
    session_id       text NOT NULL,
    authenticated_at timestamptz,
    consented        boolean NOT NULL,
    declined         boolean NOT NULL,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL
);
CREATE INDEX login_transactions_expiry ON login_transactions (expires_at);

CREATE TABLE assertions (
    hash       bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX assertions_expiry ON assertions (expires_at);

-- The log. Ids sort by time, so the primary key orders, pages and trims it.
CREATE TABLE log_events (
    log_id     text COLLATE "C" PRIMARY KEY,
    date       timestamptz NOT NULL,
    type       text NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    client_id  text COLLATE "C" NOT NULL,
    data       json NOT NULL,
    executions json
);
CREATE INDEX log_events_user ON log_events (user_id, log_id) WHERE user_id <> '';

-- +goose Down
DROP TABLE log_events, assertions, login_transactions, authorization_codes, refresh_tokens, sessions, consents,
    memberships, users, signing_keys, action_bindings, actions, roles, organizations, connections, client_grants,
    resource_servers, clients, tenant, config_version;
