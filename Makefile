# Everything a fresh machine needs is Python 3.12 or later and make.
#   make demo   a generated project, running on http://127.0.0.1:$(PORT)/
#   make test   every test of the library and of the template

# The first Python that is new enough, also where only pyenv has one; PYTHON=… names another.
ifeq ($(PYTHON),)
PYTHON := $(shell for python in python3.13 python3.12 python3.14 python3 python \
	$$HOME/.pyenv/versions/3.13*/bin/python3 $$HOME/.pyenv/versions/3.1[24]*/bin/python3; do \
	"$$python" -c 'import sys; print(sys.executable if sys.version_info >= (3, 12) else 1 / 0)' \
	2>/dev/null && break; done)
endif
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
.PHONY: help demo test test-library test-databases test-template soak lint format messages clean

help: ## Show the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

$(READY): pyproject.toml libviewflow/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.12 or later is needed; name one with PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable libviewflow --group template \
	    --group libviewflow/pyproject.toml:test --group libviewflow/pyproject.toml:lint
	@touch $@

demo: ## Generate a project, fill it with demo people and orders, serve it on PORT
	@test -n "$(PYTHON)" || { echo "Python 3.12 or later is needed; name one with PYTHON=…"; exit 1; }
	@PYTHON="$(PYTHON)" PORT=$(PORT) sh tools/demo.sh

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

# SOAK="--processes 500 --kills 300 --seconds 1800 --workers 4" for a night; see python -m tests.soak --help
soak: $(READY) ## Kill workers and web servers at random and see whether anything is lost (POSTGRES_URL)
	@if [ -n "$$POSTGRES_URL" ]; then cd libviewflow && DATABASE_URL=$$POSTGRES_URL \
	    ../$(BIN)/python -W ignore -m tests.soak $(SOAK); \
	else echo "Crash test: skipped, POSTGRES_URL is not set."; fi

lint: $(READY) ## Check style, types, templates and import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	cd libviewflow && ../$(BIN)/lint-imports
	cd libviewflow && ../$(BIN)/mypy
	cd libviewflow && ../$(BIN)/djlint --quiet --lint viewflow/templates

format: $(READY) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: $(READY) ## Collect the texts and compile the translations (needs GNU gettext)
	PYTHON=$(BIN)/python sh tools/messages.sh

clean: ## Remove what these commands made
	rm -rf $(VENV) .demo
