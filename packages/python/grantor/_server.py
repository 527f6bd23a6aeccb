"""The process: started at a free port, known by its env file, ended with this one."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import tempfile
import time
from typing import Any, Mapping, Optional, Sequence, Union

from grantor._program import program

Seed = Union[str, "os.PathLike[str]", Mapping[str, Any]]


class Server:
    """A started `grantor dev`."""

    def __init__(
        self, binary: Optional[str], args: Sequence[str], seed: Sequence[Seed], start_timeout: float
    ) -> None:
        self._folder = tempfile.mkdtemp(prefix="grantor-")
        self._process: Optional[subprocess.Popen[bytes]] = None
        # Whoever forgets to end it leaves nothing behind; however this process ends, the pipe ends with it.
        atexit.register(self.end)
        try:
            self.environment = self._start(binary, args, seed, start_timeout)
        except BaseException:
            self.end()
            raise
        finally:
            # All of it was read: by the server its seeds, here its variables.
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(
        self, binary: Optional[str], args: Sequence[str], seed: Sequence[Seed], start_timeout: float
    ) -> dict[str, str]:
        file, log = os.path.join(self._folder, "env"), os.path.join(self._folder, "log")
        words = [program(binary), "dev", "--port", "0", "--until-stdin-ends", "--env-file", file, *self._seeds(seed), *args]
        with open(log, "wb") as output:
            self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=output, stderr=output)
        deadline = time.monotonic() + start_timeout
        while True:
            environment = _written(file)
            if environment:
                return environment
            gone = self._process.poll() is not None
            if gone or time.monotonic() > deadline:
                with open(log, encoding="utf-8", errors="replace") as said:
                    why = "did not start" if gone else f"was not ready in {start_timeout} s"
                    raise RuntimeError(f"grantor dev {why}: {said.read().strip() or 'it said nothing'}")
            time.sleep(0.002)

    def _seeds(self, seed: Sequence[Seed]) -> list[str]:
        """A file of seeds as it is, a mapping as a file."""
        words: list[str] = []
        for index, one in enumerate(seed):
            if isinstance(one, Mapping):
                path = os.path.join(self._folder, f"seed-{index}.json")
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(one, file)
            else:
                path = os.fspath(one)
            words += ["--seed", path]
        return words

    def end(self) -> None:
        """Ends the process; may be called again."""
        atexit.unregister(self.end)
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def _written(file: str) -> Optional[dict[str, str]]:
    """The variables, once all of them are written: the port is bound by then."""
    try:
        with open(file, encoding="utf-8") as read:
            text = read.read()
    except FileNotFoundError:
        return None
    if not text.endswith("\n") or "\nmsIssuer=" not in text:
        return None
    return dict(line.split("=", 1) for line in text.splitlines())
