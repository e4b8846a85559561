package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.com/keepsake/models"
)

// The rules of the server's secret:
//   - it comes from KEEPSAKE_SECRET or the file that KEEPSAKE_SECRET_FILE names, never from a flag, which every user of the
//     machine can read;
//   - with SQLite and neither of them, it is in keepsake.secret beside the database, and made there on first start;
//   - its predecessors, newest first, are further lines of the file or KEEPSAKE_SECRET_PREVIOUS. What they sealed and signed
//     is still accepted;
//   - nothing that it holds is ever printed.
const (
	secretEnv         = "KEEPSAKE_SECRET"
	secretFileEnv     = "KEEPSAKE_SECRET_FILE"
	secretPreviousEnv = "KEEPSAKE_SECRET_PREVIOUS"
	secretFileName    = "keepsake.secret"
)

// secrets is where the server's secret comes from.
type secrets struct {
	// values are the secret and its predecessors; empty when create is set.
	values [][]byte
	// create is the file that has to be made on this first start.
	create string
}

// findSecrets reads the environment and the files that it names. It makes no file.
func findSecrets(c *checker, lookupEnv func(string) (string, bool), db database) secrets {
	get := func(name string) string { value, _ := lookupEnv(name); return value }
	var s secrets
	switch value, file := get(secretEnv), get(secretFileEnv); {
	case value != "" && file != "":
		c.add("%s and %s: only one of them can be set", secretEnv, secretFileEnv)
	case value != "":
		s.values = parseSecrets(c, secretEnv, []string{value})
	case file != "":
		s.values = readSecrets(c, secretFileEnv, file)
	case db.File != "":
		s = secretsBeside(c, db)
	case db.url != "":
		c.add("%s or %s: is required with PostgreSQL; make one with: openssl rand -base64 32", secretEnv, secretFileEnv)
	}
	if previous := get(secretPreviousEnv); previous != "" {
		s.values = append(s.values, parseSecrets(c, secretPreviousEnv, splitList(previous))...)
	}
	return s
}

// secretsBeside finds the secret that belongs to an SQLite file.
func secretsBeside(c *checker, db database) secrets {
	path := filepath.Join(filepath.Dir(db.File), secretFileName)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		// A new secret would not open what the old one sealed in the database.
		if old, err := os.Stat(db.File); err == nil && old.Size() > 0 {
			c.add("%s: is missing, but the database %s was made with it; restore it, or set %s", path, db.File, secretEnv)
			return secrets{}
		}
		return secrets{create: path}
	case err != nil:
		c.add("%s: %v", path, err)
		return secrets{}
	case info.Mode().Perm()&0o077 != 0:
		c.add("%s: others can read it (mode %04o); run: chmod 600 %s", path, info.Mode().Perm(), path)
		return secrets{}
	}
	return secrets{values: readSecrets(c, path, path)}
}

func readSecrets(c *checker, name, path string) [][]byte {
	content, err := os.ReadFile(path)
	if err != nil {
		c.add("%s: %v", name, err)
		return nil
	}
	return parseSecrets(c, name, strings.Split(string(content), "\n"))
}

// parseSecrets takes one secret per line and leaves empty lines out.
func parseSecrets(c *checker, name string, lines []string) [][]byte {
	var values [][]byte
	for i, line := range lines {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			continue
		case len(line) < models.MinSecretLength && len(lines) > 1:
			c.add("%s: secret %d has %d bytes, at least %d are needed", name, i+1, len(line), models.MinSecretLength)
		case len(line) < models.MinSecretLength:
			c.add("%s: has %d bytes, at least %d are needed", name, len(line), models.MinSecretLength)
		}
		values = append(values, []byte(line))
	}
	if len(values) == 0 {
		c.add("%s: has no secret in it", name)
	}
	return values
}

// keyring returns the keyring of the secrets, after making the file of a first start.
func (s secrets) keyring() (*models.Keyring, error) {
	values := s.values
	if s.create != "" {
		made, err := createSecret(s.create)
		if err != nil {
			return nil, err
		}
		values = append([][]byte{made}, values...)
	}
	return models.NewKeyring(values...)
}

// createSecret makes the file with 256 random bits, for its owner only. If another process was first, its secret is returned.
func createSecret(path string) ([]byte, error) {
	var random [models.MinSecretLength]byte
	rand.Read(random[:])
	secret := base64.RawURLEncoding.EncodeToString(random[:])

	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		c := &checker{}
		values := readSecrets(c, path, path)
		if err := c.err(); err != nil {
			return nil, err
		}
		return values[0], nil
	}
	if err != nil {
		return nil, fmt.Errorf("make the secret: %w", err)
	}
	_, err = file.WriteString(secret + "\n")
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(path) // half a secret would keep the next start from making one
		return nil, fmt.Errorf("write the secret: %w", err)
	}
	return []byte(secret), nil
}
