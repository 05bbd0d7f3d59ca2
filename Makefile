# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --require-hashes -r
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-strip-extras

.DEFAULT_GOAL := help
.PHONY: help demo up test soak check bench lock screenshots clean

help: ## Show these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

$(VENV)/runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "OnexTree needs Python 3.11 or later: make PYTHON=python3.11 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements.lock pins into $(VENV) …"
	@$(INSTALL) requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/development: $(VENV)/runtime requirements-dev.lock
	@echo "Installing the tools that requirements-dev.lock pins …"
	@$(INSTALL) requirements-dev.lock
	@touch $@

demo: $(VENV)/runtime ## Turn this repository into an enriched snapshot, as Dagster assets
	@$(BIN)/python -m onextree_assets.demo

up: $(VENV)/runtime ## Keep it running: Dagster's UI and daemon, both HTTP services, until Ctrl-C
	@$(BIN)/$(if $(filter 1,$(KAFKA)),python -m tests.kafka.up,onextree up)

test: $(VENV)/development ## Run all tests
	@$(BIN)/python -m tests.kafka.jars
	@$(BIN)/python -m tests.node.install
	@$(BIN)/pytest

soak: $(VENV)/development ## The long forms of some tests: many histories, crashes, load
	@$(BIN)/pytest -n 0 -m soak --override-ini timeout=7200

check: $(VENV)/development ## Lint, types, import contracts, Dagster definitions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@DAGSTER_HOME=$(CURDIR) $(BIN)/dg check defs

bench: $(VENV)/development ## Measure, beside a peer in the same run
	@$(BIN)/python -m benchmarks

lock: $(VENV)/development ## Pin the newest versions that pyproject.toml allows
	@$(LOCK) --upgrade --extra build pyproject.toml -o requirements.lock
	@$(LOCK) --upgrade --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

screenshots: $(VENV)/development ## Make the pictures of docs/images anew
	@$(BIN)/pytest -q -n 0 tests/acceptance/test_ui.py --screenshots docs/images

clean: ## Remove the environment and everything stored here
	@test ! -x $(BIN)/onextree || $(BIN)/onextree db destroy --yes
	@rm -rf $(VENV) .onextree-home
