# Two commands for a newcomer: `make demo` and `make test`. The rest is for working on it.
PYTHON ?= python3
VENV ?= .venv
PIP_ARGS ?=
JOBS ?= 2
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-slow check format bench clean

demo: $(READY)
	$(BIN)/seqmem sweep quick --out runs/quick --jobs $(JOBS)
	$(BIN)/seqmem report runs/quick

test: $(READY)
	$(BIN)/python -m pytest -n $(JOBS)

test-slow: $(READY)
	$(BIN)/python -m pytest -n $(JOBS) -m slow tests

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python tests/benchmarks/bench_command_line.py

# The environment is made again only when what it is made from changes.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e '.[dev]'
	$(BIN)/seqmem doctor --engine
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
