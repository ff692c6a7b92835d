# Two commands for a newcomer: `make demo` and `make test`. The rest is for working on it.
PYTHON ?= python3
VENV ?= .venv
PIP_ARGS ?=
JOBS ?= 2
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The package and what it needs; every set of extras that a command needs besides has a stamp of its own.
TESTING := $(VENV)/.with-analysis+dashboard+dev+distributed+notebooks
WITH_DEV := $(VENV)/.with-dev
WITH_ANALYSIS := $(VENV)/.with-analysis
WITH_DOCS := $(VENV)/.with-analysis+dev+docs
WITH_NOTEBOOKS := $(VENV)/.with-analysis+notebooks
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt --no-compile

.PHONY: demo install wheel wheel-pure test test-slow check format docs docs-tables families notebooks paper paper-from-scratch bench bench-generators bench-pruning bench-roofline bench-sweep bench-compare sanitize-kernels clean
# Two installations into one environment at once would break it.
.NOTPARALLEL:
# Packages are installed without bytecode, which the first import of each module writes. Where that is switched off, every
# process of the tests would compile everything it imports again.
unexport PYTHONDONTWRITEBYTECODE

demo: $(READY)
	$(BIN)/seqmem sweep quick --out runs/quick --jobs $(JOBS)
	$(BIN)/seqmem report runs/quick

# All that tests, checks and notebooks need.
install: $(TESTING)

# A wheel with the kernels in dist, for this system and processor: a minute and a half on two cores, nearly all of it for the
# compiler. It needs pip and a compiler, and fails without one.
BUILD_WHEEL := -m pip wheel --quiet --disable-pip-version-check $(PIP_ARGS) --no-deps --wheel-dir dist .
wheel:
	SEQMEM_REQUIRE_ENGINE=fused $(PYTHON) $(BUILD_WHEEL)

# A wheel for all other systems, without kernels.
wheel-pure:
	$(PYTHON) $(BUILD_WHEEL) --config-settings wheel.cmake=false --config-settings wheel.py-api=py3

test: $(TESTING)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --durations=10

# The properties too, with more examples.
test-slow: $(TESTING)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "slow or hypothesis" --hypothesis-profile thorough tests

check: $(TESTING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(WITH_DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The documentation site in build/site, with a gallery of figures drawn from the shipped records, and
# its checks: about two minutes.
docs: $(WITH_DOCS)
	rm -rf build/site
	SEQMEM_PLUGINS=off $(BIN)/sphinx-build -q -W --keep-going -j $(JOBS) -c docs -d build/site-pages . build/site
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m site tests/test_site.py

# Tables of commands, options, sources, measures and probes in docs, from the code itself.
docs-tables: $(READY)
	SEQMEM_PLUGINS=off $(BIN)/python docs/make_tables.py

# Figures, tables, verdicts, report.html, RESULTS.md and the README's first lines from the shipped
# records, the same bytes with any instruction set: about two minutes.
paper: $(WITH_ANALYSIS)
	$(BIN)/python -m seqmem.cli.paper build

# All sweeps of study 1 first, in runs/paper. It takes hours and resumes. Under the environment key
# of the shipped records, it gives the same records. Under another key, the shipped records stay,
# and the differences are reported.
paper-from-scratch: $(WITH_ANALYSIS)
	$(BIN)/python -m seqmem.cli.paper run --jobs $(JOBS)
	$(BIN)/python -m seqmem.cli.paper collect
	$(BIN)/python -m seqmem.cli.paper build

# Figure and tables of docs/families.md from the shipped records: seconds.
families: $(READY)
	$(BIN)/python -m seqmem.workflows.families results/families docs/families.md

# Runs the notebooks of analysis/notebooks from their .py and keeps the outputs in the .ipynb: a minute.
notebooks: $(WITH_NOTEBOOKS)
	$(BIN)/python analysis/notebooks/run.py

# The table of time to recall alone trains for 25 CPU minutes, most of them the published protocol done plainly.
bench: $(TESTING) bench-generators
	$(BIN)/python tests/benchmarks/bench_kernels.py
	$(BIN)/python tests/benchmarks/bench_windows.py
	$(BIN)/python tests/benchmarks/bench_budgets.py
	$(BIN)/python tests/benchmarks/bench_load.py
	$(BIN)/python tests/benchmarks/bench_recall.py --limit 400
	$(BIN)/python tests/benchmarks/bench_command_line.py
	$(BIN)/python tests/benchmarks/bench_report.py

# Let nothing else run meanwhile; five minutes.
bench-sweep: $(READY)
	$(BIN)/python tests/benchmarks/bench_sweep.py

# The default comparison against the one before it, on real runs: twenty minutes. Budgets are calibrated, so other load
# does not matter; the same command resumes (runs/bench-compare).
bench-compare: $(READY)
	$(BIN)/python tests/benchmarks/bench_compare.py

# Regret of searches with and without pruners at equal training seconds: about five minutes of one core.
bench-pruning: $(READY)
	$(BIN)/python tests/benchmarks/bench_pruning.py --searches 4 --jobs $(JOBS) --out runs/pruning

# Where a training step's time goes, per shape, and which bound holds (needs a compiler): two minutes.
bench-roofline: $(READY)
	$(BIN)/python -m tests.benchmarks.bench_roofline

# Time of targeting and measuring over the length of the string, growth per doubling and memory: about a minute.
bench-generators: $(READY)
	$(BIN)/python tests/benchmarks/bench_generators.py

# The fast kernel tests on kernels instrumented by AddressSanitizer (needs a compiler and cmake). -S and the explicit
# path keep the editable installation from putting the ordinary extension first; libstdc++ is preloaded because
# AddressSanitizer otherwise cannot intercept C++ exceptions.
SANITIZED := build/sanitized
sanitize-kernels: $(WITH_DEV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) nanobind==3.1.0
	cmake -S . -B build/sanitize -DCMAKE_BUILD_TYPE=Release -DSEQMEM_SANITIZE=ON \
	  -DPython_EXECUTABLE="$$PWD/$(BIN)/python" -Dnanobind_DIR="$$($(BIN)/python -m nanobind --cmake_dir)"
	cmake --build build/sanitize --parallel $(JOBS)
	rm -rf $(SANITIZED) && mkdir -p $(SANITIZED)
	cp -rL src/seqmem $(SANITIZED)/
	cp build/sanitize/_fused*.so $(SANITIZED)/seqmem/study/kernels/
	cd $(SANITIZED) && \
	  PYTHONPATH="$$PWD:$$OLDPWD:$$("$$OLDPWD/$(BIN)/python" -c 'import pathlib, torch; print(pathlib.Path(torch.__file__).parents[1])')" \
	  LD_PRELOAD="$$(c++ -print-file-name=libasan.so) $$(c++ -print-file-name=libstdc++.so)" \
	  ASAN_OPTIONS=detect_leaks=0 OMP_NUM_THREADS=1 SEQMEM_REQUIRE_ENGINE=fused \
	  "$$OLDPWD/$(BIN)/python" -S -m pytest -q -p no:cacheprovider "$$OLDPWD/tests/study/kernels"

# The environment is made again only when what it is made from changes; [3/3] says which engine was installed.
# Packages are compiled to bytecode when they are first imported: most of their files never are.
$(READY): pyproject.toml constraints.txt CMakeLists.txt $(wildcard src/seqmem/study/kernels/src/*)
	@echo "[1/3] Python environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)
	@echo "[2/3] PyTorch, Optuna and what else seqmem needs; the kernels, if there is a C++ compiler (one to two minutes)"
	$(PIP) -e .
	@echo "[3/3] What was installed:"
	$(BIN)/seqmem doctor --engine
	@touch $@

# Only what the extras list is installed, so that neither the package nor its kernels are built again.
LIST_EXTRAS := import sys, tomllib; extras = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; print(*[line for name in sys.argv[1:] for line in extras[name]], sep="\n")
$(VENV)/.with-%: pyproject.toml constraints.txt | $(READY)
	@echo "installing what this command needs besides: $(subst +, ,$*)"
	$(BIN)/python -c '$(LIST_EXTRAS)' $(subst +, ,$*) > $@.txt
	$(PIP) -r $@.txt
	@touch $@

clean:
	rm -rf $(VENV) build dist docs/api docs/gallery .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
