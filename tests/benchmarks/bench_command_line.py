"""Time the help of the command beside a bare interpreter and an empty cyclopts application.

Times are medians of several processes.
"""

import statistics
import subprocess
import sys
import time

REPEATS = 9
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "empty cyclopts --help": ["-c", "from cyclopts import App; App(name='empty')(['--help'])"],
    "seqmem --help": ["-c", "from seqmem.cli.app import main; main(['--help'])"],
    "seqmem train --help": ["-c", "from seqmem.cli.app import main; main(['train', '--help'])"],
    "seqmem sweep --help": ["-c", "from seqmem.cli.app import main; main(['sweep', '--help'])"],
    "import torch": ["-c", "import torch"],
}


def seconds(arguments: list[str]) -> float:
    """Return the wall seconds of one process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Print the table. The commands take turns, so noise affects all of them."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(REPEATS):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    ratios = [
        ours / empty
        for ours, empty in zip(times["seqmem --help"], times["empty cyclopts --help"], strict=True)
    ]
    base = statistics.median(times["python -c pass"])
    print(f"{'command':<22}{'median s':>10}{'over bare python':>18}")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:<22}{median:>10.3f}{median - base:>18.3f}")
    ratio = statistics.median(ratios)
    print(f"\nseqmem --help / empty application: {ratio:.2f}, wanted: at most 1.15")


if __name__ == "__main__":
    main()
