# Everything the pack does from the command line. Needs Python 3.11 or newer with venv, and make.

PYTHON ?= python3
BIN := .venv/bin
PEERS := $(patsubst benchmarks/requirements/%.txt,benchmarks/.venvs/%/.installed,$(wildcard benchmarks/requirements/*.txt))
PACKAGES := shared sandbox target-duckdb $(wildcard tap-*)
DIST := dist
QUICK := shared/tests target-duckdb/tests tap-*/tests
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help install demo test check reliability bench lint format docs build lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

install: $(BIN)/.installed ## Install the pack, as requirements.lock pins it, into .venv

$(BIN)/.installed: requirements.lock pyproject.toml $(addsuffix /pyproject.toml,$(PACKAGES))
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	command -v uv >/dev/null || $(BIN)/python -m pip install --quiet uv
	uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(addprefix -e ./,$(PACKAGES))
	$(BIN)/python -m compileall -qq $(PACKAGES)
	touch $@

demo: install ## Run the pipeline from the sandbox into demo.duckdb, and show what came
	$(BIN)/python tests/demo.py

# More workers than cores: tests wait for processes.
test: install ## Run all tests
	$(BIN)/pytest -n 4 --dist worksteal

check: lint ## Check what can be checked in a minute: style, types, and tests that start no process
	$(BIN)/pytest -q -n 2 --dist worksteal -m "not slow" $(QUICK)

reliability: install ## Attack the taps at length, and write docs/reliability.md
	RELIABILITY=long $(BIN)/pytest tests/test_faults.py tests/test_kills.py tests/test_quotas.py tests/test_clocks.py \
		tests/test_bad_input.py tests/test_bad_files.py tests/test_secrets.py tests/test_drift.py

bench: install $(PEERS) ## Measure the pack beside its peers, and write docs/performance.md (ARGUMENTS=--quick tries it)
	$(BIN)/python -m benchmarks $(ARGUMENTS)

benchmarks/.venvs/%/.installed: benchmarks/requirements/%.txt
	uv venv --quiet --clear --python $(BIN)/python $(@D)
	uv pip sync --quiet --compile-bytecode --python $(@D)/bin/python --require-hashes $<
	touch $@

lint: install ## Check style, types, imports, dependencies, and that nothing is unused
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	set -e; for package in $(PACKAGES); do (cd $$package && deptry --package-module-name-map singer-tap-pack-shared=tap_shared .); done
	$(BIN)/vulture

format: install ## Put the code into its usual form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: install ## Write what is said in one place (by taps, of version and licence) where it is looked for
	$(BIN)/python tests/describe.py

build: install ## Build wheels and sdists of all packages into dist/
	uv build --quiet --clear --all-packages --no-build-isolation --python $(BIN)/python --out-dir $(DIST)

lock: ## Resolve the newest versions into requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate \
		$(foreach package,$(PACKAGES),--no-emit-package $(shell sed -n 's/^name = "\(.*\)"/\1/p' $(package)/pyproject.toml)) \
		--group dev pyproject.toml $(addsuffix /pyproject.toml,$(PACKAGES)) --output-file requirements.lock

clean: ## Remove what installs, demo and tests have left behind, and nothing of yours
	rm -rf dist benchmarks/.venvs benchmarks/.work
	rm -rf .venv .sandbox .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -f demo.duckdb demo.duckdb.wal
