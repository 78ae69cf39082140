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
.PHONY: help demo test test-library test-databases test-databases-all test-template explore soak crash crowd lint \
	format messages clean

help: ## Show the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 28

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

PYTEST = ../$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup
# What a database cannot change is tested on SQLite alone: how forms, charts and account pages look,
# what a browser does, the kit without its lists, state machines without models, the examples of the
# documentation, the laws of random flows, brokers, and attacks on forms, addresses and rights. What
# is left are queries, JSON, transactions, locks and migrations, the pages of flows, and hostile values
# that reach a query. Whatever is new is run on PostgreSQL until it is named here.
DATABASE_FREE := auth browser celery chart test_docs.py contrib/test_plotly.py contrib/test_plotly_browser.py \
	$(addprefix forms/test_,dates.py escaping.py fields.py fuzz.py layout.py speed.py widgets.py) \
	$(addprefix fsm/test_,chart.py diagram.py reflection.py transitions.py) rest/test_schema.py \
	$(addprefix kit/test_,basics.py rights_matrix.py shell.py shell_assets.py shell_browser.py site_access.py \
	tags.py this.py translations.py viewsets.py) \
	$(addprefix hostile/test_,forms.py requests.py rights.py urls.py) workflow/test_random_flows.py
# On MariaDB: what its JSON, its locks and its migrations might do otherwise, and what pages ask.
ON_MARIADB := workflow background jsonstore kit/test_composite_key.py kit/test_paging.py \
	$(addprefix flowviews/test_,figures.py lists.py locks.py queries.py rows.py)
# on-database NAME VARIABLE OPTIONS: the library's tests on the database of that variable.
on-database = @if [ -n "$$$(2)" ]; then echo "$(1):"; \
	cd libviewflow && DATABASE_URL=$$$(2) $(PYTEST) -m "not browser" $(3); \
	else echo "$(1): skipped, $(2) is not set."; fi
SELECTED := $(addprefix --ignore=tests/,$(DATABASE_FREE))
SELECTED_MARIADB := $(addprefix --ignore=tests/,$(DATABASE_FREE)) $(addprefix tests/,$(ON_MARIADB))

test-library: $(READY)
	cd libviewflow && $(PYTEST)

test-databases: $(READY)
	$(call on-database,PostgreSQL,POSTGRES_URL,$(SELECTED))
	$(call on-database,MariaDB,MARIADB_URL,$(SELECTED_MARIADB))

test-databases-all: $(READY) ## Run every test of the library but the browser's on both databases
	$(call on-database,PostgreSQL,POSTGRES_URL)
	$(call on-database,MariaDB,MARIADB_URL)

test-template: $(READY)
	$(BIN)/python -m pytest -q -n $(WORKERS) tests

explore: $(READY) ## Let Hypothesis search with new examples, and many of them
	cd libviewflow && HYPOTHESIS_PROFILE=explore $(PYTEST) -m hypothesis

# SOAK="--processes 500 --kills 300 --seconds 1800 --workers 4" for a night; see python -m tests.soak --help
soak: $(READY) ## Kill workers and web servers at random and see whether anything is lost (POSTGRES_URL)
	@if [ -n "$$POSTGRES_URL" ]; then cd libviewflow && DATABASE_URL=$$POSTGRES_URL \
	    ../$(BIN)/python -W ignore -m tests.soak $(SOAK); \
	else echo "Crash test: skipped, POSTGRES_URL is not set."; fi

# CRASH="--processes 1000 --kills 500 --seconds 3000" for an hour; see python -m tests.soak.catering --help
crash: $(READY) ## The same with a generated project: people order, cook and drive on its pages (POSTGRES_URL)
	@if [ -n "$$POSTGRES_URL" ]; then cd libviewflow && DATABASE_URL=$$POSTGRES_URL \
	    ../$(BIN)/python -W ignore -m tests.soak.catering $(CRASH); \
	else echo "Crash test of a project: skipped, POSTGRES_URL is not set."; fi

crowd: $(READY) ## Press every button of a few processes at once and see whether a rule breaks (POSTGRES_URL)
	@if [ -n "$$POSTGRES_URL" ]; then cd libviewflow && DATABASE_URL=$$POSTGRES_URL \
	    ../$(BIN)/python -W ignore -m tests.soak.crowd $(CROWD); \
	else echo "Crowd: skipped, POSTGRES_URL is not set."; fi

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
