"""Functions in processes that start at once: forked from one that has imported what they need.

A fresh interpreter spends seconds on importing torch before it does anything.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.waiting import SeparateProcess

# A fork server of each process of the tests; it imports these when it starts.
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    ["seqmem.cli.app", "seqmem.cli.sweep", "seqmem.sweeps.execution.launcher", "scipy.stats"]
)


class ForkedProcess(SeparateProcess):
    """A separate process that calls a function with words and ends with its exit code.

    Parameters
    ----------
    function : callable
        A function of a module.
    words : object
        Its arguments, as text.
    cwd : Path, optional
        Its current folder.
    start_new_session : bool
        Whether it leads a session and a process group of its own.
    """

    def __init__(
        self,
        function: Callable[..., int],
        *words: object,
        cwd: Path | None = None,
        start_new_session: bool = False,
    ) -> None:
        super().__init__()
        self.args = [function.__name__, *map(str, words)]
        self._process = _SERVER.Process(
            target=_call,
            args=(
                function,
                self.args,
                dict(os.environ),
                cwd or Path.cwd(),
                start_new_session,
                self._out,
                self._err,
            ),
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self.end_with_test()

    def poll(self) -> int | None:
        self.returncode = self._process.exitcode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()


def _call(
    function: Callable[..., int],
    words: list[str],
    environment: Mapping[str, str],
    cwd: Path,
    start_new_session: bool,
    out: Path,
    err: Path,
) -> None:
    """Call the function in the surroundings of the process that asked for it."""
    if start_new_session:
        os.setsid()
    for path, stream in ((out, 1), (err, 2)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, stream)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = words
    sys.exit(function(*words[1:]))
