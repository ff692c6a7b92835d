# Two commands for a newcomer: `make demo` and `make test`. The rest is for working on it.
PYTHON ?= python3
VENV ?= .venv
PIP_ARGS ?=
JOBS ?= 2
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-slow check format notebooks paper paper-from-scratch bench bench-generators bench-roofline bench-sweep sanitize-kernels clean

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

# Figures, tables, verdicts, report.html, RESULTS.md and the README's first lines from the shipped records: under a minute.
paper: $(READY)
	$(BIN)/python -m analysis.paper build

# The whole study first, in runs/paper: hours, resumes, and leaves shipped records that come out equal as they are.
paper-from-scratch: $(READY)
	$(BIN)/python -m analysis.paper run --jobs $(JOBS)
	$(BIN)/python -m analysis.paper collect
	$(BIN)/python -m analysis.paper build

# Runs the notebooks of analysis/notebooks from their .py and keeps the outputs in the .ipynb: half a minute.
notebooks: $(READY)
	$(BIN)/python analysis/notebooks/run.py

# The table of time to recall alone trains for 25 CPU minutes, most of them the published protocol done plainly.
bench: $(READY) bench-generators
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

# Where a training step's time goes, per shape, and which bound holds (needs a compiler): two minutes.
bench-roofline: $(READY)
	$(BIN)/python tests/benchmarks/bench_roofline.py

# Time of targeting and measuring over the length of the string, growth per doubling and memory: about a minute.
bench-generators: $(READY)
	$(BIN)/python tests/benchmarks/bench_generators.py

# The fast kernel tests on kernels instrumented by AddressSanitizer (needs a compiler and cmake). -S and the explicit
# path keep the editable installation from putting the ordinary extension first; libstdc++ is preloaded because
# AddressSanitizer otherwise cannot intercept C++ exceptions.
SANITIZED := build/sanitized
sanitize-kernels: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) nanobind==3.1.0
	cmake -S . -B build/sanitize -DCMAKE_BUILD_TYPE=Release -DSEQMEM_SANITIZE=ON \
	  -DPython_EXECUTABLE="$(abspath $(BIN))/python" -Dnanobind_DIR="$$($(BIN)/python -m nanobind --cmake_dir)"
	cmake --build build/sanitize --parallel $(JOBS)
	rm -rf $(SANITIZED) && mkdir -p $(SANITIZED)
	cp -r generators study $(SANITIZED)/
	cp build/sanitize/_fused*.so $(SANITIZED)/study/kernels/
	cd $(SANITIZED) && \
	  PYTHONPATH="$$PWD:$$($(abspath $(BIN))/python -c 'import pathlib, torch; print(pathlib.Path(torch.__file__).parents[1])')" \
	  LD_PRELOAD="$$(c++ -print-file-name=libasan.so) $$(c++ -print-file-name=libstdc++.so)" \
	  ASAN_OPTIONS=detect_leaks=0 OMP_NUM_THREADS=1 SEQMEM_REQUIRE_ENGINE=fused \
	  $(abspath $(BIN))/python -S -m pytest -q -p no:cacheprovider $(CURDIR)/tests/study/kernels

# The environment is made again only when what it is made from changes. The last line says which engine was installed.
$(READY): pyproject.toml constraints.txt CMakeLists.txt $(wildcard study/kernels/src/*)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e '.[analysis,dashboard,dev,distributed,notebooks]'
	$(BIN)/seqmem doctor --engine
	@touch $@

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
