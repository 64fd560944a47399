# `make demo` and `make test` need nothing but Python 3.11 or newer: they make .venv and install into it.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PARALLEL := --numprocesses=auto --dist=loadgroup

.PHONY: demo test test-all lint docs bench clean

demo: .venv/installed
	$(BIN)/python -m sklearn_bigram demo

test: .venv/installed-test .venv/installed-kenlm
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow" --hypothesis-profile=quick

test-all: .venv/installed-test .venv/installed-kenlm
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term-missing --cov-fail-under=100

lint: .venv/installed-lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/installed-docs
	$(BIN)/sphinx-build -W --keep-going -n -q -b html docs docs/_build/html

bench: .venv/installed-bench
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf .venv build dist docs/_build docs/auto_examples docs/generated

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(INSTALL) --upgrade pip

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	$(INSTALL) -e '.[plot]'
	touch $@

.venv/installed-kenlm: .venv/installed
	$(INSTALL) --group kenlm || echo "KenLM was not built, which takes a C++ compiler: its tests will be skipped."
	touch $@

.venv/installed-%: .venv/installed
	$(INSTALL) --group $*
	touch $@
