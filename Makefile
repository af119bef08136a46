# Every command of the project; `make` alone lists them. Nothing has to be installed before but make and Python 3.11:
# what is missing is installed by the commands that need it (docs/operations.md).

export PYTHONPATH := $(CURDIR)/src
YARD := python3 -m tinhso.project.embedded
.DEFAULT_GOAL := help
.PHONY: help run stop prepare test test-all check bench build lock clean clean-all

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## start everything on this machine: http://localhost:8000 (Ctrl-C stops all)
	@$(YARD) run

stop: ## stop a `make run` from another terminal
	@$(YARD) stop

prepare: ## install what is missing and make the database, start nothing
	@$(YARD) prepare

test: ## every test but the slow, the browser's journeys too; ARGS="src/tinhso/kernel -k seal" narrows it
	@$(YARD) test -m "not slow" $(ARGS)

test-all: ## every test
	@$(YARD) test $(ARGS)

check: ## style, types, layers, templates, packs, migrations, translations
	@$(YARD) check

bench: ## each benchmark of bench/, one after another
	@$(YARD) bench

build: ## the front end, and a wheel in dist/
	@$(YARD) build

lock: ## pin requirements/*.txt anew from requirements/*.in, with hashes
	@$(YARD) lock

clean: ## remove what the commands make again; the data in var/ stay
	@$(YARD) clean

clean-all: ## remove the data in var/ too
	@$(YARD) clean-all
