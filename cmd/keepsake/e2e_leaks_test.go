package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkDatabaseHasNoSecrets searches the whole database of a stopped server for the secrets in its vault.
func checkDatabaseHasNoSecrets(t *testing.T, p *process) {
	t.Helper()
	checkDatabaseHasNone(t, p, 20)
}

// checkDatabaseHasNone is the same for a vault with at least so many secrets.
func checkDatabaseHasNone(t *testing.T, p *process, least int) {
	t.Helper()
	p.Vault.mu.Lock()
	if n := len(p.Vault.secrets); n < least {
		t.Errorf("only %d secrets to search for", n)
	}
	p.Vault.mu.Unlock()
	var content []byte
	if path, ok := strings.CutPrefix(p.Database, "sqlite:"); ok {
		content = readDatabaseFiles(t, path)
	} else {
		content = readTables(t, p.Database)
	}
	// What must be there shows that the search looks at the right thing.
	if !strings.Contains(string(content), e2eUser) {
		t.Error("the user is not in what was read of the database")
	}
	for _, found := range p.Vault.findIn(content) {
		t.Errorf("%s is in the database", found)
	}
}

// readDatabaseFiles returns the bytes of an SQLite database, its write-ahead log included.
func readDatabaseFiles(t *testing.T, path string) []byte {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s*: %v", path, err)
	}
	var all []byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	return all
}

// readTables returns every row of a PostgreSQL database as text.
func readTables(t *testing.T, address string) []byte {
	t.Helper()
	db, err := sql.Open("pgx", address) // the driver comes with storetest
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var all []byte
	for _, table := range texts(t, db, `SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'`) {
		for _, row := range texts(t, db, `SELECT r::text FROM `+table+` AS r`) {
			all = append(append(all, row...), '\n')
		}
	}
	return all
}

func texts(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
