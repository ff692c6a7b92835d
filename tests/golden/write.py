"""Make today's values the golden ones, from the top of the repository.

Run ``python -m tests.golden.write [TOPIC …]`` after you have added a case; nothing else in
``values`` may change then. The other reason is an intended change of stored values, which needs a
new ``RECORD_VERSION``. No test calls it. The topic ``begun`` is written only if you name it: it
begins the sweep in ``tests/golden/begun`` anew.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.golden import (
    begun_sweep,
    test_columns,
    test_digests,
    test_points,
    test_presets,
    test_run_ids,
    test_seeds,
    test_strings,
)
from tests.golden.stored import keep

# Everything stored under a topic, made in an empty folder.
TOPICS: dict[str, Callable[[Path], Any]] = {
    "run_ids": test_run_ids.values,
    "seeds": test_seeds.values,
    "strings": test_strings.values,
    "columns": test_columns.values,
    "presets": test_presets.values,
    "digests": test_digests.values,
    "points": test_points.values,
    "begun": begun_sweep.begin_and_finish,
}


def write(topics: Sequence[str]) -> None:
    """Write the values of these topics; of all but ``begun`` if none is named."""
    for topic in topics or [name for name in TOPICS if name != "begun"]:
        with TemporaryDirectory() as folder:
            keep(topic, TOPICS[topic](Path(folder)))


if __name__ == "__main__":
    write(sys.argv[1:])
