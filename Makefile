# Endcap: `make run` serves a demonstration, `make test` proves it. See README.md.
PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 3
BIN := .venv/bin
GRAPHIQL := frontend-contract/graphiql
BUILT := app/web/static/graphiql/index.html
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development

.PHONY: run setup test check lint types unit rest nightly bench schema lock clean

run: setup ## Set up, migrate, seed the demonstration once, serve on 127.0.0.1
	@ENDCAP_BASE_URL=$${ENDCAP_BASE_URL:-http://127.0.0.1:$(PORT)} PORT=$(PORT) sh scripts/run.sh

setup: $(RUNTIME) $(BUILT) ## What `run` and `test` both need

test: check rest ## Everything

check: $(DEVELOPMENT) lint types unit ## Lint, types, imports, unit tests: under a minute

rest: setup $(DEVELOPMENT) ## API on SQLite and PostgreSQL, HTTP, command line, browser
	$(BIN)/python -m pytest tests --ignore=tests/domain --ignore=tests/house -n $(WORKERS) --dist loadfile

lint: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(DEVELOPMENT)
	$(BIN)/pyright

unit: $(DEVELOPMENT)
	$(BIN)/python -m pytest tests/domain tests/house

nightly: setup $(DEVELOPMENT) ## The engine against graphql-core on 100,000 random operations
	ENDCAP_TEST_OPERATIONS=100000 $(BIN)/python -m pytest tests/execution -n $(WORKERS) --dist loadscope

bench: setup ## The full table, beside the limit and the peers: needs PostgreSQL and wrk, half an hour (bench/README.md)
	$(BIN)/python -m bench run --db sqlite
	$(BIN)/python -m bench run --db pg --peers all --rounds 5
	$(BIN)/python -m bench gate

schema: $(RUNTIME) ## Write the contract's schema
	$(BIN)/endcap schema > frontend-contract/schema.graphql

$(RUNTIME): requirements/run.txt pyproject.toml
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements/dev.txt $(RUNTIME)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(BUILT): $(GRAPHIQL)/package-lock.json $(GRAPHIQL)/vite.config.js $(GRAPHIQL)/index.html $(wildcard $(GRAPHIQL)/src/*)
	cd $(GRAPHIQL) && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build -- --logLevel warn
	@touch $@

clean:
	rm -rf .venv var app/web/static $(GRAPHIQL)/node_modules

lock: ## Renew the locked requirements (needs uv)
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal --extra build pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal --extra build --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
