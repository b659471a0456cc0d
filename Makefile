# The commands of the project. Each sets up by itself whatever it needs; nothing has to be run before.
# `make run PORT=8080` moves the console, the sandbox takes the port after it.
PORT ?= 8000
PYTHON ?= python3
UV ?= uv
# Tests run in this many processes.
JOBS ?= 2

PIP := .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help run test bench lint audit format lock

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1 \2/p' Makefile | while read -r name text; do printf 'make %-8s %s\n' "$$name" "$$text"; done

run: .venv/installed ## start the console and a sandbox API on this machine, with a ready account
	@exec .venv/bin/python -m console.quickstart --port $(PORT)

test: .venv/installed-dev ## run all tests; a browser is installed if there is none
	@.venv/bin/python -m tests.machine
	@.venv/bin/python -m pytest -n $(JOBS)
	@echo "Once more on PostgreSQL"
	@exec .venv/bin/python -m tests.postgres -q -n $(JOBS)

# BENCH=--short takes few runs, BENCH=--write writes docs/performance.md too. Where it may, it installs nginx and wrk.
bench: .venv/installed-dev ## measure, and print the tables
	@.venv/bin/python -m tests.machine --bench
	@exec .venv/bin/python -m tests.bench $(BENCH)

lint: .venv/installed-dev ## check style, types and templates
	@exec .venv/bin/python -m tests.linting

audit: .venv/installed-dev ## ask pip-audit for known holes of the pinned packages (needs the network)
	@.venv/bin/pip-audit --strict --requirement requirements.txt --require-hashes --disable-pip --progress-spinner off \
		|| { echo "make audit: holes are listed above, or the service that knows them could not be reached"; exit 1; }

format: .venv/installed-dev ## format Python files and templates
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .
	git ls-files -z '*.html' | xargs -0 -r .venv/bin/djade --target-version 5.2

lock: ## pin the dependencies anew, with hashes (needs uv)
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --group dev -o requirements-dev.txt

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@echo "Making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv

.venv/installed: requirements.txt | .venv/bin/python
	@echo "Installing what the console runs on"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt | .venv/bin/python
	@echo "Installing what the tests need"
	@$(PIP) -r requirements-dev.txt
	@touch $@ .venv/installed
