# The commands of the project. Each sets up by itself whatever it needs; nothing has to be run before.
# `make run PORT=8080` moves the console, the sandbox takes the port after it.
PORT ?= 8000
PYTHON ?= python3
UV ?= uv
# Tests run in this many processes.
JOBS ?= 2
VENV ?= .venv
# Without the bytecode of the tests, whose assertions pytest rewrites, each process of a run needs seven seconds more.
unexport PYTHONDONTWRITEBYTECODE

PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help run test check bench image-test compose-test lint audit format lock

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 \2/p' Makefile | while read -r name text; do printf 'make %-12s %s\n' "$$name" "$$text"; done

run: $(VENV)/installed ## start the console and a sandbox API on this machine, with a ready account
	@exec $(VENV)/bin/python -m console.quickstart --port $(PORT)

test: $(VENV)/installed-dev ## run all tests; a browser is installed if there is none
	@$(VENV)/bin/python -m tests.machine
	@$(VENV)/bin/python -m pytest -n $(JOBS) --maxschedchunk 8
	@echo "Once more on PostgreSQL"
	@exec $(VENV)/bin/python -m tests.postgres -q -n $(JOBS) --maxschedchunk 8

# For use while working: what needs neither a browser nor PostgreSQL, without the tests marked as slow.
check: $(VENV)/installed-dev ## check style and types, and run the quick tests
	@$(VENV)/bin/python -m tests.linting
	@exec $(VENV)/bin/python -m pytest -q -n $(JOBS) --maxschedchunk 8 -m "not slow and not browser"

# BENCH=--short takes few runs, BENCH=--write writes docs/performance.md too. Where it may, it installs nginx and wrk.
bench: $(VENV)/installed-dev ## measure, and print the tables
	@$(VENV)/bin/python -m tests.machine --bench
	@exec $(VENV)/bin/python -m tests.bench $(BENCH)

# Needs root on Debian, for buildah, debootstrap and mounts. The first run takes a few minutes more, for the base image.
image-test: $(VENV)/installed-dev ## build the container image and run it
	@$(VENV)/bin/python -m tests.machine --image
	@exec $(VENV)/bin/python -m pytest -m image tests/image

compose-test: $(VENV)/installed-dev ## start the compose file's services as processes, and kill a console
	@$(VENV)/bin/python -m tests.machine --compose
	@exec $(VENV)/bin/python -m pytest tests/compose

lint: $(VENV)/installed-dev ## check style, types and templates
	@exec $(VENV)/bin/python -m tests.linting

audit: $(VENV)/installed-dev ## ask pip-audit for known vulnerabilities of the pinned packages (needs the network)
	@$(VENV)/bin/pip-audit --strict --requirement requirements.txt --require-hashes --disable-pip --progress-spinner off \
		|| { echo "make audit: vulnerabilities are listed above, or the advisory service could not be reached"; exit 1; }

format: $(VENV)/installed-dev ## format Python files and templates
	$(VENV)/bin/ruff check --fix-only --quiet .
	$(VENV)/bin/ruff format .
	git ls-files -z '*.html' | xargs -0 -r $(VENV)/bin/djade --target-version 5.2

lock: ## pin the dependencies again, with hashes (needs uv)
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --group dev -o requirements-dev.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the console runs on"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what the tests need"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/installed
