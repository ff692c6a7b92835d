"""Time and memory of `seqmem report` on 100,000 records of a synthetic sweep: at most 20 s and 2 GiB are wanted.

Two alphabets, two budgets, eight levels, three searches, both cells; nearly all records are of tuning runs.

    python tests/benchmarks/bench_report.py [--records 100000]
"""

import argparse
import importlib.util
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

SWEEP = Path(__file__).parents[1] / "analysis" / "conftest.py"
LEVELS = (16, 64, 128, 181, 256, 362, 512, 2048)
MEBIBYTE = 1024


def main() -> None:
    """Write the records, report on them in a process of its own, print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    with tempfile.TemporaryDirectory() as name:
        frame = records(parser.parse_args().records)
        folder = Path(name)
        frame.to_parquet(folder / "runs.parquet", index=False)
        code = "import sys; from analysis.cli import main; sys.exit(main())"
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, "report", name], check=True, stdout=subprocess.DEVNULL)
        wall, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / MEBIBYTE
    print(f"report on {len(frame):,} records: {wall:.1f} s, {cpu:.1f} CPU seconds, {peak:,.0f} MiB")


def records(count: int) -> pd.DataFrame:
    """`count` records: whole searches, their tuning runs repeated with other learning rates until there are enough."""
    synthetic = _synthetic()
    frames = []
    for place, (alphabet_size, budget) in enumerate(((2, "2 cal-s"), (2, "8 cal-s"), (4, "2 cal-s"), (4, "8 cal-s"))):
        plan = synthetic.Synthetic(levels=LEVELS, searches=3, confirm=8, budget=budget, seed=place)
        frame = synthetic.synthetic_frame(plan).assign(alphabet_size=alphabet_size)
        for column in ("condition", "string_condition"):
            frame[column] = frame[column].str.replace("-4-", f"-{alphabet_size}-")
        frames.append(frame)
    once = pd.concat(frames, ignore_index=True)
    tune = once[once["role"] == "tune"]
    rng = np.random.default_rng(0)
    copies = -(-(count - len(once)) // len(tune))
    more = [
        tune.assign(trial=tune["trial"] + 2 * place, generation=place, learning_rate=np.exp(rng.uniform(-7, -2)))
        for place in range(1, copies + 1)
    ]
    return pd.concat([once, *more], ignore_index=True).head(count)


def _synthetic():  # type: ignore[no-untyped-def]
    """The synthetic sweeps of the tests."""
    spec = importlib.util.spec_from_file_location("synthetic", SWEEP)
    module = importlib.util.module_from_spec(spec)
    sys.modules["synthetic"] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
