# gridgov: `make demo` and `make test` set up all they need.
# PYTHON=… picks an interpreter, PYTEST="-k contacts" adds options to the test run.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input -qq
DEMO ?=
PYTEST ?=
BENCH ?=
WORKERS ?= 2
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-annotate --quiet --custom-compile-command "make requirements"

.PHONY: help setup demo prepare test lint bench screenshots contact-sheet guide requirements clean

help:
	@echo "make setup   make $(VENV) and install what gridgov needs"
	@echo "make demo    build the demo district and serve it (DEMO=\"--port 8080\" adds options)"
	@echo "make test    run every test (PYTEST=\"-k contacts\" adds options)"
	@echo "make lint    ruff, mypy and the import contracts"
	@echo "make bench   measure against the figures that gridgov promises (BENCH=\"engine tiles\" takes parts of it)"
	@echo "make screenshots   take the README's pictures from the running demo"
	@echo "make contact-sheet every page in each language, scheme and width in one picture, under contact-sheet/"
	@echo "make guide   take the user guide's pictures anew, in both languages"
	@echo "make clean   remove $(VENV) and everything built; instance/ stays"

setup: $(STAMP)

# The stamp is written last: an interrupted set-up is taken up again.
$(STAMP): requirements-dev.txt pyproject.toml
	@set -e; \
	if [ ! -x $(BIN)/python ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
	    if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$${found:-}" ]; then \
	    echo "gridgov needs Python 3.11 or newer with venv (on Debian: apt-get install python3-venv); name one with: make setup PYTHON=…" >&2; exit 2; \
	  fi; \
	  echo "Making $(VENV) with $$($$found --version)"; \
	  $$found -m venv --clear $(VENV); \
	fi; \
	echo "Installing the pinned packages into $(VENV)"; \
	$(PIP_INSTALL) --require-hashes -r requirements-dev.txt; \
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .; \
	touch $@

demo: setup
	$(BIN)/gridgov demo $(DEMO)

prepare:
	@sh tests/prepare.sh

# Whole modules go to one worker, so that what a module builds is built once; tests/conftest.py says which go first.
test: setup prepare
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(PYTEST)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

screenshots: setup prepare
	$(BIN)/python -m tests.browser.screenshots

contact-sheet: setup prepare
	$(BIN)/python -m tests.browser.contact_sheet

guide: setup prepare
	$(BIN)/python -m tests.browser.guide

bench: setup
	$(BIN)/python -m tests.benchmarks $(BENCH)

requirements:
	$(LOCK) --output-file requirements.txt pyproject.toml
	$(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

clean:
	rm -rf $(VENV) build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find gridgov tests geodata templates -name __pycache__ -type d -prune -exec rm -rf {} +
