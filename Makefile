# Each target bootstraps what it needs. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup runtime demo serve test test-postgres lint format docs bench lock pictures

PYTHON_IN_VENV := .venv/bin/python
WORKERS ?= 2# tests run in this many processes
ARGS ?=# passed on: make test ARGS="tests/core -k allocate"
# Where statements are written; what calls them through HTTP, pages and Dagster is tested on one server.
SPEAKS_SQL := tests/core tests/ingestion tests/warehouse tests/billing/periods tests/billing/credits \
	tests/app/accounts tests/app/telemetry

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## build .venv from requirements-dev.lock
	@bash scripts/bootstrap dev

runtime:
	@bash scripts/bootstrap runtime

demo: runtime ## everything from nothing: sandbox providers, 90 days of usage, the server and its URL
	@scripts/carbonledger-server demo $(ARGS)

serve: runtime ## the server; settings come from the environment or .env
	@scripts/carbonledger-server serve $(ARGS)

test: setup ## all tests, on the embedded PostgreSQL and DuckDB
	@bash scripts/ensure-chromium
	@bash scripts/ensure-outside-clients
	$(PYTHON_IN_VENV) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-postgres: setup ## the tests of statements and models again, on Debian's PostgreSQL 15
	bash scripts/with-postgres $(PYTHON_IN_VENV) -m pytest -n $(WORKERS) --dist worksteal -m "database and not exhaustive" $(or $(ARGS),$(SPEAKS_SQL))

lint: setup ## ruff, mypy, import-linter, sqlfluff
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports --no-logo
	.venv/bin/sqlfluff lint dbt_project/models dbt_project/tests

format: setup ## let ruff lay out the Python code
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

docs: setup ## build the dbt documentation that the server serves under /methodology/dbt
	$(PYTHON_IN_VENV) -m warehouse.docs_page

bench: setup ## measure builds, time to first grams, the summary endpoint, pages, closes, verification and the log (not part of the tests)
	PYTHONPATH=. $(PYTHON_IN_VENV) -m bench $(ARGS)

pictures: setup ## take the pictures of every page that the papers show, from the demo's data
	$(PYTHON_IN_VENV) -m tests.app.dashboard.pictures $(ARGS)

lock: setup ## resolve the locks anew from pyproject.toml
	.venv/bin/uv pip compile --universal --generate-hashes --python-version 3.11 pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile --universal --generate-hashes --python-version 3.11 -c requirements.lock --group dev \
		pyproject.toml -o requirements-dev.lock
