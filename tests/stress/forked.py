"""`polychrony` commands as processes forked from one that has imported all they need.

A process of Python that imports torch spends most of a short life on imports. Forked ones begin
with the command, so that kills at random moments hit its work. They are processes like others:
SIGKILL ends one at once, and nothing of it remains but its files.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import accelerate.utils
import matplotlib.pyplot as plt
import sklearn.datasets
import tensorboard.summary
import torch
import torch.utils.tensorboard

from polychrony.experiments.cli import main
from polychrony.experiments.commands import evaluate, explore, export, train
from polychrony.experiments.exploration import runner, samplers, study

IMPORTED = (accelerate.utils, plt, sklearn.datasets, tensorboard.summary, torch.utils.tensorboard)
COMMANDS = (evaluate, explore, export, train, runner, samplers, study)

CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate", "open")
"""What Python tells of itself before it changes files; `open` also where it only reads."""


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Args:
        code: exit code, or minus the signal.
        out: standard output.
        err: standard error.
        seconds: time that it ran, s.
    """

    code: int
    out: str
    err: str
    seconds: float

    @property
    def is_killed(self) -> bool:
        """Whether it was killed."""
        return self.code == -signal.SIGKILL

    def one_error(self) -> str | None:
        """What is wrong with how it told an error; None if it was one line and exit code 2."""
        lines = self.err.splitlines()
        if self.code == 2 and len(lines) == 1 and lines[0].startswith("polychrony: error: "):
            return None
        return f"exit code {self.code}, {len(lines)} lines: {self.err[-300:]!r}"


class Command:
    """A command at work.

    Args:
        words: its words.
        folder: where its output goes.
        environment: variables that it has beside those of this process.
        prepare: called in the new process before the command begins.
    """

    def __init__(
        self,
        words: list[str],
        folder: Path,
        environment: Mapping[str, str],
        prepare: Callable[[], object] = lambda: None,
    ) -> None:
        self._begin = time.perf_counter()
        number = len(list(folder.glob("*.out")))
        self._out, self._err = folder / f"{number}.out", folder / f"{number}.err"
        self._out.touch()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid:
            self._work(words, environment, prepare)

    def _work(
        self, words: list[str], environment: Mapping[str, str], prepare: Callable[[], object]
    ) -> None:
        code = 70
        try:
            for number, path in ((1, self._out), (2, self._err)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            os.environ.update(environment)
            prepare()
            code = main(words)
        except BaseException as error:
            print(f"not caught: {type(error).__name__}: {error}", file=sys.stderr)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def wait(self, kill_after: float | None = None) -> Ended:
        """Wait for its end, or kill it.

        Args:
            kill_after: time after its beginning when it is killed, s.
        """
        while kill_after is not None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                return self._ended(status)
            if time.perf_counter() - self._begin >= kill_after:
                os.kill(self.pid, signal.SIGKILL)
                break
            time.sleep(0.002)
        return self._ended(os.waitpid(self.pid, 0)[1])

    def _ended(self, status: int) -> Ended:
        seconds = time.perf_counter() - self._begin
        texts = [path.read_text() if path.exists() else "" for path in (self._out, self._err)]
        return Ended(os.waitstatus_to_exitcode(status), *texts, seconds)


def watch_changes(folder: Path, note: Path, kill_at: int | None) -> None:
    """Count what this process does to the files of a folder, or kill it before one of them.

    Args:
        folder: the folder.
        note: file that receives, for each, one line with its name.
        kill_at: number of the one, from 0, before which the process is killed; None for none.
    """
    within, seen = f"{folder}/", 0
    lines = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if event not in CHANGES or not arguments:
            return
        path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes | Path) else ""
        # What `rmtree` removes is named by its folder's descriptor.
        in_folder = event in ("os.remove", "os.rmdir") and arguments[-1] not in (-1, None)
        if not (path.startswith(within) or in_folder):
            return
        os.write(lines, f"{event}\n".encode())
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    sys.addaudithook(hook)


def ready() -> None:
    """What a process that forks others must be: without threads of torch."""
    torch.set_num_threads(1)
