.DEFAULT_GOAL := help
PYTHON3 ?= python3
YARD = PYTHONPATH=src $(PYTHON3) -m tinhso.project.embedded
BIN = .venv/bin
WORKERS ?= 2

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: ## install what is missing and start the platform with its demonstration province
	@$(YARD) run

test: ## everything but the slow suites, with real PostgreSQL and a real browser
	@$(YARD) test -- $(BIN)/pytest -n $(WORKERS) --dist loadgroup --durations=15 -m "not slow"

test-all: ## the slow suites too
	@$(YARD) test -- $(BIN)/pytest -n $(WORKERS) --dist loadgroup --durations=15

check: ## style, types, walls between engines, packs, templates, translations
	@$(YARD) prepare --tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/lint-imports
	$(BIN)/basedpyright --level error
	$(BIN)/djade --check $$(git ls-files '*.html')
	cd frontend && npm run -s check
	$(BIN)/python tests/house/translations.py
	@$(YARD) test -- $(BIN)/python tests/house/definitions.py

bench: ## the benchmarks, one after another
	@$(YARD) test -- sh -c 'set -e; for file in bench/[a-z]*.py; do echo "== $$file"; $(BIN)/python $$file; done'

build: ## wheel and front end, into dist/
	@$(YARD) prepare
	$(BIN)/pip wheel -q --no-deps -w dist .

lock: ## pin requirements/*.in again, with hashes (needs uv)
	cd requirements && for part in base test; do uv pip compile -q --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header $$part.in -o $$part.txt; done

clean: ## what commands can make again; the data in var/ stays
	rm -rf dist build test-output frontend/node_modules src/tinhso/portals/static/build .pytest_cache .ruff_cache .hypothesis
	find src tests packs bench -name __pycache__ -type d -prune -exec rm -rf {} +
	find src -name '*.mo' -delete

.PHONY: help run test test-all check bench build lock clean
