# Everything here needs Go and git; PostgreSQL's server binaries, Chromium, npm, Node.js and curl are used by the tests where they are installed.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X main.version=$(VERSION)

# The race detector needs a C compiler and its headers. Without one the tests run all the same, and say so.
C_COMPILER := $(shell printf '\043include <stdlib.h>\nint main(void){return 0;}\n' | $$($(GO) env CC) -fsyntax-only -x c - >/dev/null 2>&1 && echo yes)

# Without pgx's table of Go types the program is 1.4 MB smaller; models/store has a table of its own. Tests are built the same way.
export GOFLAGS += -tags=nopgxregisterdefaulttypes

# github.com/ory/x is a module of its own in this repository: oauth/internal/oryx.
PACKAGES := ./... github.com/ory/x/...

# A package takes a few minutes at most on two cores. On a machine that is much slower, or busy with something else, it is to take longer, not to fail.
TIMEOUT := 30m

.PHONY: build test lint demo bench secrets up clean
.DELETE_ON_ERROR:

# build makes ./keepsake, a static binary.
build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o keepsake ./cmd/keepsake

# test is what CI runs. It says first what is not tested on this machine, which "go test" keeps to itself.
test: lint
	@$(GO) test -count=1 -v -run '^TestPrograms$$' ./internal/outside | sed -n 's/^ *outside_test.go:[0-9]*: //p'
ifeq ($(C_COMPILER),yes)
	$(GO) test -race -timeout $(TIMEOUT) $(PACKAGES)
else
	@echo "no C compiler: the tests run without the race detector"
	$(GO) test -timeout $(TIMEOUT) $(PACKAGES)
endif

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt -w these:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet $(PACKAGES)
	$(GO) tool staticcheck $(PACKAGES)

# demo plays the whole story against a server of its own.
demo:
	$(GO) run ./cmd/keepsake demo

# bench measures the server and compares it with the floor: see docs/performance.md. It takes about ten minutes; BENCH=-quick takes one. The long
# studies run by name: BENCH='-run ^size'.
bench:
	$(GO) run ./cmd/keepsake-bench $(BENCH)

# secrets makes what docker-compose.yml mounts, once. The folder is closed to others; the files in it are not, because the
# containers read them as users of their own.
secrets: secrets/keepsake_secret secrets/postgres_password secrets/pgpass

secrets/keepsake_secret:
	@mkdir -p secrets && chmod 700 secrets
	openssl rand -base64 48 > $@ && chmod 644 $@

secrets/postgres_password:
	@mkdir -p secrets && chmod 700 secrets
	openssl rand -hex 24 > $@ && chmod 644 $@

secrets/pgpass: secrets/postgres_password
	@printf 'postgres:5432:*:keepsake:%s\n' "$$(cat secrets/postgres_password)" > $@ && chmod 644 $@

# up runs Keepsake and PostgreSQL in containers.
up: secrets
	docker compose up --build

clean:
	rm -f keepsake
