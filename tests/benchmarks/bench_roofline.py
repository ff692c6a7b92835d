"""Measure where the time of a fused training step goes, and which bound holds.

For each cell, it compiles `kernel_parts.cpp`, which times the parts of a step from the kernels' own
headers. The first columns are the shares of the step's time, for each shape:

- products
- gate functions
- element-wise work of the backward pass
- readout
- optimizer with packing
- memory, which is the extra time of a step after other work beyond a step back to back

Then follow three lower bounds on the step, as shares of its time:

- products at the peak rate of fused multiply-adds
- these products, and gate functions at the rate reached in the first-level cache
- one pass over the scratch memory in each direction, at the speed of a copy

The largest bound is the one that holds. Its difference to 100 % is loss.

    python -m tests.benchmarks.bench_roofline [--seconds 1] [--isa avx2] [--shapes 3]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from seqmem.study import kernels
from tests.benchmarks.bench_kernels import ALPHABET, GATES, SHAPES

SOURCES = Path(kernels.__file__).parent / "src"
# The flags of CMakeLists.txt.
COMMON = (
    "-std=c++20",
    "-O2",
    "-fvect-cost-model=dynamic",
    "-ffp-contract=fast",
    "-fno-math-errno",
    "-fno-trapping-math",
)
FLAGS = {
    "baseline": (),
    "avx2": ("-mavx2", "-mfma"),
    "avx512": (
        "-mavx512f",
        "-mavx512bw",
        "-mavx512dq",
        "-mavx512vl",
        "-mavx2",
        "-mfma",
        "-mprefer-vector-width=512",
    ),
}
FUNCTIONS = {"lstm": 5, "gru": 3}
PRODUCTS = ("forward product", "back product", "weight gradient")
PASSES = ("forward", "readout", "backward", "optimizer")
COLUMNS = (
    "product",
    "gates",
    "element",
    "readout",
    "packing",
    "memory",
    "FMA",
    "+functions",
    "copy",
)


def compiled(cell: str, isa: str, folder: Path) -> Path:
    """Compile the program that times one cell on one instruction set, and return its path."""
    program = folder / f"{cell}_{isa}"
    names = (
        f"-DSEQMEM_CELL={cell.capitalize()}",
        f"-DSEQMEM_CELL_NAME=Cell::{cell}",
        f"-I{SOURCES}",
    )
    files = (Path(__file__).with_name("kernel_parts.cpp"), SOURCES / "arena.cpp")
    compiler = os.environ.get("CXX", "c++")
    subprocess.run([compiler, *COMMON, *FLAGS[isa], *names, *files, "-o", program], check=True)
    return program


def measured(program: Path, shape: tuple[int, int, int], seconds: float) -> dict[str, float]:
    """Return the seconds of each part, and the rates of the machine."""
    batch, length, units = shape
    command = [program, *map(str, (ALPHABET, units, batch, length, seconds))]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def shares(parts: dict[str, float]) -> dict[str, float]:
    """Return the seconds by kind of work. Their sum is the time of a step after other work."""
    hot, cold = (sum(parts[name + suffix] for name in PASSES) for suffix in ("", " cold"))
    kinds = {
        "product": sum(parts[name] for name in PRODUCTS),
        "gates": parts["gate functions"],
        "element": parts["cell backward"],
        "readout": parts["readout"],
    }
    return {**kinds, "packing": hot - sum(kinds.values()), "memory": cold - hot}


def bounds(cell: str, shape: tuple[int, int, int], parts: dict[str, float]) -> dict[str, float]:
    """Return lower bounds of the seconds of a step, by what limits it."""
    batch, length, units = shape
    symbols = batch * length
    products = 6 * symbols * units * (GATES[cell] * units + ALPHABET) / parts["peak_flops"]
    blocks = -(-units // int(parts["lanes"]))
    functions = symbols * blocks * parts["lanes"] * FUNCTIONS[cell] / parts["function_rate"]
    return {
        "FMA": products,
        "+functions": products + functions,
        "copy": 2 * parts["arena_bytes"] / parts["copy_rate"],
    }


def print_case(cell: str, shape: tuple[int, int, int], parts: dict[str, float]) -> None:
    """Print one line of the table."""
    kinds = shares(parts)
    least = bounds(cell, shape, parts)
    step = sum(kinds.values())
    text = "".join(f"{value / step:11.0%}" for value in (*kinds.values(), *least.values()))
    holds = max(least, key=lambda name: least[name])
    print(f"{cell:5}{shape!s:16}{step * 1e3:9.3f}{text}  {holds}", flush=True)


def main() -> None:
    """Run the whole benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="per shape and cell")
    parser.add_argument("--isa", choices=FLAGS, default=None)
    parser.add_argument("--shapes", type=int, nargs="*", help="indices of the shapes to measure")
    arguments = parser.parse_args()
    isa = arguments.isa or kernels.isa()
    chosen = range(len(SHAPES)) if arguments.shapes is None else arguments.shapes
    print(f"kernels {kernels.version()} on {isa}, one thread, depth 1; shares of the step's time\n")
    print(
        f"{'cell':5}{'(batch, length, units)':16}{'ms':>3}"
        + "".join(f"{name:>11}" for name in COLUMNS)
        + "  bound"
    )
    with tempfile.TemporaryDirectory() as folder:
        programs = {cell: compiled(cell, isa, Path(folder)) for cell in GATES}
        for index in chosen:
            for cell, program in programs.items():
                print_case(cell, SHAPES[index], measured(program, SHAPES[index], arguments.seconds))


if __name__ == "__main__":
    main()
