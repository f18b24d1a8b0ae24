# Every target makes its own environment from the hash-pinned locks in requirements/:
# Python 3.11 or later and make are all that a machine needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH_VENV := .venv-bench
INSTALL_EDITABLE := --no-deps --no-build-isolation --quiet --editable .
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header pyproject.toml

# A variable of another environment must not decide where packages go.
unexport VIRTUAL_ENV
unexport UV_PROJECT_ENVIRONMENT
# Each of the many processes that the tests start would compile all it imports anew.
unexport PYTHONDONTWRITEBYTECODE
# Caches and environments often lie on different file systems; copying is then what happens anyway.
export UV_LINK_MODE ?= copy
# Where a network re-signs its traffic, the machine's own certificates are the ones that hold.
export UV_SYSTEM_CERTS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test stories check bench evidence docs screenshots lock format python-ready

help:
	@echo "make demo      real pupils in, a page and a place to work out"
	@echo "make test      all tests (at most six minutes)"
	@echo "make stories   people at work, in a real browser (part of make test)"
	@echo "make check     import contract, style, types, documentation in step"
	@echo "make bench     speed and memory beside other software"
	@echo "make evidence  the long counts: kills, draws, coverage"
	@echo "make docs      the manual, in docs/_build/html"
	@echo "make screenshots  every page of the web application, for the manual"
	@echo "make format    put the source in the house style"
	@echo "make lock      choose newer versions of what is installed"

# -- environments ----------------------------------------------------------------------------------

python-ready:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "$(PYTHON) is not installed. On Debian: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "upwards needs Python 3.11 or later; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make environments. On Debian: apt-get install python3-venv"; exit 1; }

$(BIN)/uv: requirements/uv.txt | python-ready
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.locked: requirements/dev.txt $(BIN)/uv
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt requirements/uv.txt
	@rm -f $(VENV)/.installed
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	@$(BIN)/uv pip install --python $(BIN)/python $(INSTALL_EDITABLE)
	@touch $@

$(BENCH_VENV)/.installed: requirements/bench.txt pyproject.toml $(BIN)/uv
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(BENCH_VENV)
	@$(BIN)/uv pip sync --quiet --python $(BENCH_VENV)/bin/python --require-hashes requirements/bench.txt
	@$(BIN)/uv pip install --python $(BENCH_VENV)/bin/python $(INSTALL_EDITABLE)
	@touch $@

# -- what a user runs ------------------------------------------------------------------------------

demo: $(VENV)/.installed
	@mkdir -p demo
	@echo "The page for paper and post: $(CURDIR)/demo/index.html"
	@$(BIN)/upwards demo --serve --output demo/index.html

docs: $(VENV)/.installed
	@$(BIN)/python docs/generators
	@$(BIN)/python -m sphinx --quiet -W --keep-going -b html docs docs/_build/html
	@echo "The manual: $(CURDIR)/docs/_build/html/index.html"

# -- what a developer runs -------------------------------------------------------------------------

check: $(VENV)/.installed
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/architecture tests/test_docs.py
	$(BIN)/python -m sphinx --quiet -W --keep-going -b html docs docs/_build/html

# One thread for linear algebra: the tests run side by side, and two pools on two cores only wait.
test: $(VENV)/.installed
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -q -n auto --dist worksteal --cov --cov-report=term:skip-covered --cov-fail-under=95
	@$(MAKE) --no-print-directory stories

# After everything else and two at a time: each story has a browser, a server and a worker of its own.
stories: $(VENV)/.installed
	OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -q -n 2 --dist loadfile -m browser tests/stories

# Of the workspace of the demo, in the order of docs/screenshots/pages.py.
screenshots: $(VENV)/.installed
	@$(BIN)/python docs/screenshots

evidence: $(VENV)/.installed
	$(BIN)/pytest -q tests/evidence -m evidence

bench: $(BENCH_VENV)/.installed
	$(BENCH_VENV)/bin/python -m benchmarks

format: $(VENV)/.installed
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

# The files name no index: where packages come from is the business of the machine.
lock: $(VENV)/.installed
	echo uv | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --upgrade - -o requirements/uv.txt
	$(COMPILE) --upgrade --all-extras --group dev -o requirements/dev.txt
	$(COMPILE) -c requirements/dev.txt -o requirements/base.txt
	$(COMPILE) -c requirements/dev.txt --extra demo -o requirements/demo.txt
	$(COMPILE) -c requirements/dev.txt --extra duckdb -o requirements/duckdb.txt
	$(COMPILE) -c requirements/dev.txt --extra web -o requirements/web.txt
	$(COMPILE) -c requirements/dev.txt --all-extras --group bench -o requirements/bench.txt
	echo hatchling | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header -c requirements/dev.txt - -o requirements/build.txt
