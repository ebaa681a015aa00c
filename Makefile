# Endcap: `make run` serves a demonstration, `make test` proves it. See README.md.
PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 3
BIN := .venv/bin
GRAPHIQL := frontend-contract/graphiql
BUILT := app/web/static/graphiql/index.html
AXE := tests/axe/node_modules/.package-lock.json
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development

.PHONY: run setup test check lint types unit rest nightly bench schema lock clean

run: setup ## Set up, migrate, seed the demonstration once, serve on 127.0.0.1
	@ENDCAP_BASE_URL=$${ENDCAP_BASE_URL:-http://127.0.0.1:$(PORT)} PORT=$(PORT) sh scripts/run.sh

setup: $(RUNTIME) $(BUILT) ## What `run` and `test` both need

test: check rest ## Everything

check: $(DEVELOPMENT) lint types unit ## Lint, types, imports, unit tests: under a minute

rest: setup $(DEVELOPMENT) $(AXE) ## API on SQLite and PostgreSQL, HTTP, command line, browser
	sh scripts/with_postgres.sh $(BIN)/python -m pytest tests --ignore=tests/domain --ignore=tests/house -n $(WORKERS) --dist loadfile

lint: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(DEVELOPMENT)
	$(BIN)/pyright

unit: $(DEVELOPMENT)
	$(BIN)/python -m pytest tests/domain tests/house

nightly: setup $(DEVELOPMENT) ## The engine on 100,000 random operations, the ledger by 10,000 seeds and 100 x 1,000 retries
	ENDCAP_TEST_OPERATIONS=100000 sh scripts/with_postgres.sh $(BIN)/python -m pytest tests/execution -n $(WORKERS) --dist worksteal
	ENDCAP_TEST_SEEDS=10000 $(BIN)/python -m pytest tests/proof/test_seeds.py -n $(WORKERS)
	ENDCAP_TEST_RETRY_KEYS=100 ENDCAP_TEST_RETRIES=1000 sh scripts/with_postgres.sh $(BIN)/python -m pytest tests/proof/test_retries.py -n $(WORKERS)

bench: setup ## The full table, beside the limit and the peers: needs PostgreSQL and wrk, half an hour (bench/README.md)
	$(BIN)/python -m bench run --db sqlite
	$(BIN)/python -m bench run --db pg --peers all --rounds 5
	$(BIN)/python -m bench gate

schema: $(RUNTIME) ## Write the contract's schema
	$(BIN)/endcap schema > frontend-contract/schema.graphql
	$(BIN)/endcap schema --http > frontend-contract/openapi.json

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

$(AXE): tests/axe/package-lock.json ## What tests in a browser judge accessibility by
	cd tests/axe && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

clean:
	rm -rf .venv var app/web/static $(GRAPHIQL)/node_modules tests/axe/node_modules

lock: ## Renew the locked requirements (needs uv)
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal --extra build pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal --extra build --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal --extra build --extra stripe -c requirements/run.txt pyproject.toml -o requirements/stripe.txt
