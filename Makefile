# Everything starts from here: make refresh, make test, make dev. Data goes to FILINGS_HOME.
PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PIP    := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DAGSTER_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help setup refresh dev test prove lint lint-python lint-sql lint-types format lock clean

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# The lock is complete, so pip resolves nothing (--no-deps) and checks every hash.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -m venv $(VENV)
	@echo "安装锁定的软件包(一次,约几分钟)… | installing the locked packages (once)"
	@{ $(PIP) --require-hashes -r requirements.lock && $(PIP) --no-build-isolation -e .; } \
	  > $(VENV)/install.log 2>&1 || { cat $(VENV)/install.log >&2; exit 1; }
	@touch $@

setup: $(STAMP)  ## install the locked packages (once)

refresh: $(STAMP)  ## the nightly job once; on the sample (sample/) while nothing was ever received
	@$(BIN)/filings refresh --make-sample

dev: $(STAMP)  ## Dagster's UI with the nightly schedule on
	@$(BIN)/python -m pipelines.orchestration

lint: $(STAMP)  ## linters and type check
	@$(MAKE) --no-print-directory -j2 lint-python lint-sql lint-types

lint-python:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-sql:
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models

lint-types:
	$(BIN)/mypy

format: $(STAMP)  ## format the Python code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# One thread each while as many workers run as there are processors: reading small files costs a
# quarter less. The slow and end-to-end tests run as a night does.
test: lint  ## linters, types, then fast, slow and end-to-end tests
	POLARS_MAX_THREADS=1 $(BIN)/pytest -m "not slow and not e2e" -n auto --dist loadgroup
	$(BIN)/pytest -m "slow or e2e" -n auto --dist loadgroup

prove: $(STAMP)  ## what is too long for CI, with time limits; told in docs/proofs.md
	$(BIN)/python tests/proofs.py

# uv from a throw-away environment; it keeps the versions that still satisfy pyproject.toml.
lock:  ## compile requirements.lock from pyproject.toml
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet --disable-pip-version-check uv
	$(VENV)-lock/bin/uv pip compile pyproject.toml --all-extras --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --no-emit-index-url --no-strip-extras \
	  --quiet --output-file requirements.lock
	rm -rf $(VENV)-lock

clean:  ## remove the environment and caches (never data)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
