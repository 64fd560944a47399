# `make demo` and `make test` need nothing but Python 3.11 or newer: they make .venv and install into it.
PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= plot,torch
CONSTRAINTS ?= constraints.txt
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS)
comma := ,
INSTALLED := $(VENV)/installed-with-$(subst $(comma),-,$(EXTRAS))
PARALLEL := --numprocesses=auto --dist=loadgroup

.PHONY: demo test test-all test-without-torch test-oldest test-prereleases lint docs fuzz bench dist clean

demo: $(INSTALLED)
	$(BIN)/python -m sklearn_bigram demo

test: $(VENV)/installed-test $(VENV)/installed-kenlm
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow" --hypothesis-profile=quick

test-all: $(VENV)/installed-test $(VENV)/installed-kenlm
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term-missing --cov-fail-under=100

# The tests in environments of their own: without torch, with the oldest versions that pyproject.toml allows, and
# with the newest, pre-releases included.
test-without-torch:
	$(MAKE) test VENV=.venv-without-torch EXTRAS=plot

test-oldest:
	$(MAKE) test VENV=.venv-oldest CONSTRAINTS=constraints-oldest.txt

test-prereleases:
	PIP_PRE=1 $(MAKE) test VENV=.venv-prereleases EXTRAS=plot CONSTRAINTS=/dev/null

lint: $(VENV)/installed-lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.docstrings

docs: $(VENV)/installed-docs
	$(BIN)/sphinx-build -W --keep-going -n -q -b html docs docs/_build/html

# Random cases against independent oracles, from a fresh seed.
SECONDS ?= 600
fuzz: $(VENV)/installed-test
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

bench: $(VENV)/installed-bench
	$(BIN)/python -m tests.benchmarks

dist: $(VENV)/installed-release
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*

clean:
	rm -rf .venv .venv-* build dist docs/_build docs/auto_examples docs/generated

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --upgrade pip

$(INSTALLED): $(BIN)/python pyproject.toml $(CONSTRAINTS)
	$(INSTALL) -e '.[$(EXTRAS)]'
	touch $@

$(VENV)/installed-kenlm: $(INSTALLED)
	$(INSTALL) --group kenlm || echo "KenLM was not built, which takes a C++ compiler: its tests will be skipped."
	touch $@

$(VENV)/installed-%: $(INSTALLED)
	$(INSTALL) --group $*
	touch $@
