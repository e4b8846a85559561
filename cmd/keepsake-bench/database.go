package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/keepsake/models/store/pgserver"
)

// statements is the extension that counts statements.
const statements = "pg_stat_statements"

// databaseTimeout is how long the server may take to answer after it was started.
const databaseTimeout = time.Minute

// cluster is the PostgreSQL server of the benchmark. Its commits are as durable as PostgreSQL makes them: each waits for the
// disk. The log is large enough that no checkpoint falls into a run.
type cluster struct {
	server *pgserver.Server
	admin  *pgxpool.Pool
	// counts tells whether statements are counted.
	counts  bool
	version string
}

// startCluster starts the server with its data in a folder; empty is the system's folder for temporary files.
func startCluster(ctx context.Context, folder string) (*cluster, error) {
	server, err := pgserver.Start(ctx, pgserver.Options{
		Folder:    folder,
		Libraries: []string{statements},
		Settings: []string{
			"fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=8GB", "checkpoint_timeout=1h",
			"max_connections=300", "log_min_messages=error",
		},
	})
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	c := &cluster{server: server}
	if err := c.connect(ctx); err != nil {
		c.stop()
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return c, nil
}

func (c *cluster) connect(ctx context.Context) error {
	var err error
	if c.admin, err = pgxpool.New(ctx, c.server.URL()); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	if err := c.server.Await(waiting, c.admin.Ping); err != nil {
		return err
	}
	if c.counts = len(c.server.Libraries()) > 0; c.counts {
		if _, err := c.admin.Exec(ctx, "CREATE EXTENSION "+statements); err != nil {
			return err
		}
	}
	return c.admin.QueryRow(ctx, "SHOW server_version").Scan(&c.version)
}

func (c *cluster) stop() {
	if c.admin != nil {
		c.admin.Close()
	}
	c.server.Stop()
}

// create makes a database and returns its URL.
func (c *cluster) create(ctx context.Context, name string) (string, error) {
	if _, err := c.admin.Exec(ctx, `CREATE DATABASE "`+name+`"`); err != nil {
		return "", fmt.Errorf("create database: %w", err)
	}
	u, err := url.Parse(c.server.URL())
	if err != nil {
		return "", fmt.Errorf("create database: %w", err)
	}
	u.Path = "/" + name
	return u.String(), nil
}

// databaseCounters is what PostgreSQL has counted since it was started.
type databaseCounters struct {
	statements int64 // in one database
	wal        int64 // bytes, of the whole server
}

func (c *cluster) counters(ctx context.Context, database string) (databaseCounters, error) {
	var d databaseCounters
	err := c.admin.QueryRow(ctx, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint").Scan(&d.wal)
	if err == nil && c.counts {
		err = c.admin.QueryRow(ctx, "SELECT coalesce(sum(calls), 0)::bigint FROM "+statements+` AS s JOIN pg_database AS d ON d.oid = s.dbid
			WHERE s.toplevel AND d.datname = $1`, database).Scan(&d.statements)
	}
	if err != nil {
		return d, fmt.Errorf("read PostgreSQL's counters: %w", err)
	}
	return d, nil
}

// flushes returns how often the log was flushed to the disk, as far as the server's processes have told: they do so once a second at the
// most, and when they end.
func (c *cluster) flushes(ctx context.Context) (int64, error) {
	const statisticsMoved = 180000 // PostgreSQL 18 has them in pg_stat_io
	var n int64
	var version int
	err := c.admin.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version)
	if err == nil && version < statisticsMoved {
		err = c.admin.QueryRow(ctx, "SELECT wal_sync FROM pg_stat_wal").Scan(&n)
	} else if err == nil {
		err = c.admin.QueryRow(ctx, "SELECT coalesce(sum(fsyncs), 0)::bigint FROM pg_stat_io WHERE object = 'wal'").Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("read PostgreSQL's flushes: %w", err)
	}
	return n, nil
}

// awaitGone waits until all connections of that name have ended.
func (c *cluster) awaitGone(ctx context.Context, name string) error {
	waiting, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	return pgserver.Await(waiting, func(ctx context.Context) error {
		var n int
		err := c.admin.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", name).Scan(&n)
		if err == nil && n > 0 {
			err = fmt.Errorf("%d connections are left", n)
		}
		return err
	})
}

// checkpoint writes out what earlier runs left in memory.
func (c *cluster) checkpoint(ctx context.Context) error {
	if _, err := c.admin.Exec(ctx, "CHECKPOINT"); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// drop removes a database that nobody needs any more.
func (c *cluster) drop(ctx context.Context, name string) error {
	if _, err := c.admin.Exec(ctx, `DROP DATABASE "`+name+`" WITH (FORCE)`); err != nil {
		return fmt.Errorf("drop database: %w", err)
	}
	return nil
}

// removeIssued removes the tokens that earlier runs issued, before people have too many of them.
func removeIssued(ctx context.Context, url string) error {
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("remove issued tokens: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	if _, err := db.Exec(ctx, "DELETE FROM refresh_tokens WHERE client_id IN ($1, $2)", issuingIDs[public], issuingIDs[post]); err != nil {
		return fmt.Errorf("remove issued tokens: %w", err)
	}
	return nil
}

// checkDevice makes sure that the device Action did at the last refresh what it is measured for: it set two keys.
func checkDevice(ctx context.Context, url string) error {
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("check the device Action: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	var set bool
	err = db.QueryRow(ctx, `SELECT metadata ?& ARRAY['country_changed', 'last_country'] FROM refresh_tokens
		ORDER BY last_exchanged_at DESC NULLS LAST LIMIT 1`).Scan(&set)
	if err != nil {
		return fmt.Errorf("check the device Action: %w", err)
	}
	if !set {
		return errors.New("the device Action set nothing at a refresh")
	}
	return nil
}

// statementCost is what pg_stat_statements knows of one statement.
type statementCost struct {
	Calls    int64   `json:"calls"`
	Mean     float64 `json:"mean_us"`
	WALBytes float64 `json:"wal_bytes"`
	Share    float64 `json:"share"` // of the time of all statements of the database
	Text     string  `json:"text"`
}

// topStatements returns the statements of a database on which PostgreSQL spent the most time, of those that were called some times at
// the least.
func (c *cluster) topStatements(ctx context.Context, database string, limit, calls int) ([]statementCost, error) {
	if !c.counts {
		return nil, nil
	}
	rows, err := c.admin.Query(ctx, `SELECT s.calls, s.mean_exec_time * 1000, s.wal_bytes::float8 / s.calls,
		coalesce(s.total_exec_time / nullif(sum(s.total_exec_time) OVER (), 0), 0), left(regexp_replace(s.query, '\s+', ' ', 'g'), 160)
		FROM `+statements+` AS s JOIN pg_database AS d ON d.oid = s.dbid
		WHERE s.toplevel AND d.datname = $1 AND s.calls >= $3 ORDER BY s.total_exec_time DESC LIMIT $2`, database, limit, calls)
	if err != nil {
		return nil, fmt.Errorf("read statement statistics: %w", err)
	}
	defer rows.Close()
	var list []statementCost
	for rows.Next() {
		var s statementCost
		if err := rows.Scan(&s.Calls, &s.Mean, &s.WALBytes, &s.Share, &s.Text); err != nil {
			return nil, fmt.Errorf("read statement statistics: %w", err)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// rotations is how the table of refresh tokens has fared.
type rotations struct {
	Updates int64 `json:"updates"`
	HOT     int64 `json:"hot_updates"`
	Bytes   int64 `json:"bytes"`
	Tokens  int64 `json:"tokens"`
}

// readRotations asks a database for the statistics of its refresh tokens.
func readRotations(ctx context.Context, url string) (rotations, error) {
	var r rotations
	db, err := pgxpool.New(ctx, url)
	if err != nil {
		return r, err
	}
	defer db.Close()
	err = db.QueryRow(ctx, `SELECT n_tup_upd, n_tup_hot_upd, pg_relation_size(relid), (SELECT count(*) FROM refresh_tokens)
		FROM pg_stat_user_tables WHERE relname = 'refresh_tokens'`).Scan(&r.Updates, &r.HOT, &r.Bytes, &r.Tokens)
	if err != nil {
		return r, fmt.Errorf("read table statistics: %w", err)
	}
	return r, nil
}
