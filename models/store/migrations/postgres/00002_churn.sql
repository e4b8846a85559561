-- +goose Up

-- Tables whose rows change or go soon, and when PostgreSQL tidies them.
--
-- A vacuum comes by default once a fifth of a table is dead. Of refresh tokens that is two million rows in a table of ten million: the vacuum is
-- then long, and till it comes the reads of whole tables (sweep, statistics) go over what is dead. Rotations themselves don't wait for it: they are
-- heap-only updates, for which each page is tidied when it is used. What is left for a vacuum is the few that found no room, and what the
-- sweep removed. So it may come early, and is short. The threshold keeps it away from small tables, which it would visit every minute.
--
-- Statistics are wanted early too: a plan that was made for an empty table is a bad one for a full one.
ALTER TABLE refresh_tokens SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 1000
);
ALTER TABLE sessions SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 1000
);
ALTER TABLE users SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);

-- A code is updated once (used), a login transaction a few times (who, consent), and each is gone minutes later. Room in the page makes those updates
-- heap-only; they are frequent beside the number of rows, hence more room than refresh tokens have, whose fillfactor of 80 stays. All of the
-- table is dead every few minutes: it is tidied by the number of dead rows, whatever there is of live ones, so that it stays a few pages.
ALTER TABLE authorization_codes SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
ALTER TABLE login_transactions SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
ALTER TABLE assertions SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The log only grows at one end, and is trimmed at the other. It is vacuumed for what was inserted, so that its pages are marked as visible to all and
-- frozen little by little, and not all at once when the age of the oldest transaction demands it.
ALTER TABLE log_events SET (
    autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000
);

-- +goose Down
ALTER TABLE log_events RESET (
    autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold
);
ALTER TABLE assertions RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE login_transactions RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE authorization_codes RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE users RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
ALTER TABLE sessions RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
ALTER TABLE refresh_tokens RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, autovacuum_analyze_scale_factor, autovacuum_analyze_threshold
);
