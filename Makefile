# `make` prints this help. Needs Python 3.11 or later, make and a package index; nothing else is assumed.

.DEFAULT_GOAL := help
.PHONY: help up down test test-15 lint check snapshot lock clean

VENV := .venv
SLATE := $(VENV)/bin/slate
INSTALLED := $(VENV)/installed
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
PG15 ?= $(firstword $(wildcard /usr/lib/postgresql/15/bin /usr/pgsql-15/bin /opt/homebrew/opt/postgresql@15/bin))

help: ## print this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

$(INSTALLED): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or later found (set PYTHON=…)" >&2; exit 1; }
	@echo "installing into $(VENV) with $(PYTHON)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

up: $(INSTALLED) ## start PostgreSQL, build and seed all five databases, show what is there
	@$(SLATE) up

down: $(INSTALLED) ## stop the embedded PostgreSQL; its data stays
	@$(SLATE) down

test: $(INSTALLED) ## run the whole suite against a disposable PostgreSQL 18
	@$(SLATE) test -n auto --dist loadfile $(ARGS)

test-15: $(INSTALLED) ## the same on PostgreSQL 15, where its binaries are installed
	@if [ -z "$(PG15)" ]; then echo "PostgreSQL 15 is not installed here (set PG15=…/bin): nothing was tested" >&2; exit 1; fi
	@PG_BIN=$(PG15) $(SLATE) test -n auto --dist loadfile $(ARGS)

lint: $(INSTALLED) ## ruff, mypy, squawk and sqlfluff
	@$(VENV)/bin/ruff check toolkit tests docs
	@$(VENV)/bin/ruff format --check toolkit tests docs
	@$(VENV)/bin/mypy
	@$(SLATE) lint

check: $(INSTALLED) ## prove every migration: up, down, up with equal catalogs; snapshot; graph; rules
	@$(SLATE) check

snapshot: $(INSTALLED) ## rewrite sql/*/schema from the migrations
	@$(SLATE) snapshot

lock: $(INSTALLED) ## pin every version and hash anew (needs uv)
	@uv pip compile pyproject.toml --extra dev --generate-hashes --no-header --no-annotate --python-version 3.11 \
		--universal --quiet --upgrade -o requirements.txt
	@sed -i '1i # Every version and hash that `make` installs; written by `make lock`. No addresses: pip knows its own index.' requirements.txt

clean: ## remove the environment and caches; the database stays (`make down` first to stop it)
	@rm -rf $(VENV) .pytest_cache .hypothesis .ruff_cache .mypy_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
