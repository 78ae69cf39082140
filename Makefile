# Everything a fresh machine needs is Python 3.12 or later and make.
#   make demo   a generated project, running on http://127.0.0.1:$(PORT)/
#   make test   every test of the library and of the template

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# Tests run side by side; two workers suit two cores.
WORKERS ?= auto
# A second and third run of the library's tests, where these databases are given:
#   POSTGRES_URL=postgres://user:password@host:5432/name MARIADB_URL=mysql://user@host:3306/name
export POSTGRES_URL MARIADB_URL

.DEFAULT_GOAL := help
.PHONY: help demo test test-library test-databases test-template lint format messages clean

help: ## Show the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

$(READY): pyproject.toml libviewflow/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12) and "Python 3.12 or later is needed; this is %d.%d. Name another: make PYTHON=python3.13 …" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable libviewflow --group template \
	    --group libviewflow/pyproject.toml:test --group libviewflow/pyproject.toml:lint
	@touch $@

demo: ## Generate a project, fill it with demo people and orders, serve it on PORT
	@PYTHON=$(PYTHON) PORT=$(PORT) sh tools/demo.sh

test: test-library test-databases test-template ## Run every test

test-library: $(READY)
	cd libviewflow && ../$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup

test-databases: $(READY)
	@if [ -n "$$POSTGRES_URL" ]; then cd libviewflow && DATABASE_URL=$$POSTGRES_URL \
	    ../$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup -m "not browser"; \
	else echo "PostgreSQL: skipped, POSTGRES_URL is not set."; fi
	@if [ -n "$$MARIADB_URL" ]; then cd libviewflow && DATABASE_URL=$$MARIADB_URL \
	    ../$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup -m "not browser"; \
	else echo "MariaDB: skipped, MARIADB_URL is not set."; fi

test-template: $(READY)
	$(BIN)/python -m pytest -q tests

lint: $(READY) ## Check style, types, templates and import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	cd libviewflow && ../$(BIN)/lint-imports
	cd libviewflow && ../$(BIN)/mypy
	$(BIN)/djlint --quiet --check --lint libviewflow/viewflow/templates

format: $(READY) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Remove what these commands made
	rm -rf $(VENV) .demo
