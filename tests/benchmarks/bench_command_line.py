"""Time of ``seqmem --help`` and ``seqmem train --help`` beside a bare interpreter, medians of several."""

import statistics
import subprocess
import sys
import time

REPEATS = 9
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "seqmem --help": ["-c", "from analysis.cli import main; main(['--help'])"],
    "seqmem train --help": ["-c", "from analysis.cli import main; main(['train', '--help'])"],
    "seqmem sweep --help": ["-c", "from analysis.cli import main; main(['sweep', '--help'])"],
    "import torch": ["-c", "import torch"],
}


def seconds(arguments: list[str]) -> float:
    """Wall time of one process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Print the table; the commands take turns, so that noise meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(REPEATS):
        for name, arguments in COMMANDS.items():
            times[name].append(seconds(arguments))
    base = statistics.median(times["python -c pass"])
    print(f"{'command':<22}{'median s':>10}{'over bare python':>18}")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:<22}{median:>10.3f}{median - base:>18.3f}")


if __name__ == "__main__":
    main()
