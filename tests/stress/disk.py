"""Fill the disk under commands, or forbid them to write, and see what they say and leave.

`python tests/stress/disk.py --times 5 --seed 0` runs training, preparation of data, evaluation,
exploration and export where the room left is drawn from what each needs, and once where nothing can
be written. Each must end with exit code 2 and one line, leave what was there before as it was, and
come to the end of an undisturbed one when there is room again.

As root the disk is a small tmpfs that no other process sees, filled by a file, then mounted
read-only. Otherwise files may not grow beyond a limit (RLIMIT_FSIZE), and folders lose the right to
be written.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forked import Command, Ended, ready
from subjects import Data, Exploration, Subject, Training, digest

DISK = 96 * 2**20
PAGE = 4096
INSIDE = "--inside"


class Evaluation(Data):
    """`polychrony evaluate --json`, with everything in the cache."""

    name = "evaluation"

    def command(self, place: Path) -> tuple[list[str], dict[str, str]]:
        """Only the report is written."""
        words, _ = super().command(place)
        return words, dict(self.cache)


class Export(Evaluation):
    """`polychrony export`."""

    name = "export"

    def command(self, place: Path) -> tuple[list[str], dict[str, str]]:
        """A file beside others."""
        place.mkdir(exist_ok=True)
        return ["export", str(self.base), str(place / "told.nir")], dict(self.cache)

    def left(self, place: Path) -> dict[str, Any]:
        """The file's size, since HDF5 writes times into it."""
        return {"size": (place / "told.nir").stat().st_size}


SUBJECTS: tuple[type[Subject], ...] = (Training, Data, Evaluation, Exploration, Export)


class Disk:
    """A small disk.

    Args:
        place: where it is.
    """

    def __init__(self, place: Path) -> None:
        self.place, self.is_mounted = place, os.geteuid() == 0
        place.mkdir()
        if self.is_mounted:
            self._mount(f"size={DISK}")

    def _mount(self, options: str) -> None:
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.place)]
        subprocess.run(words, check=True)

    def leave(self, room: int) -> Callable[[], object]:
        """Leave some bytes of room; what a process that is to feel it has to call."""
        if not self.is_mounted:
            return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        free = shutil.disk_usage(self.place).free
        with (self.place / "filler").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(PAGE, free - room))
        return lambda: None

    def make_room(self) -> None:
        """Undo it."""
        (self.place / "filler").unlink(missing_ok=True)

    def forbid(self, forbidden: bool) -> None:
        """Let nothing be written, or let it again."""
        if self.is_mounted:
            self._mount(f"remount,{'ro' if forbidden else 'rw'}")
            return
        for folder in [self.place, *(p for p in self.place.rglob("*") if p.is_dir())]:
            folder.chmod(0o555 if forbidden else 0o755)


@dataclass
class Report:
    """What was done, and what came of it.

    Args:
        seed: of everything drawn.
        disk: how it was made small.
        refused: commands that told in one line that they cannot write, by command and fault.
        fitted: commands that the room was enough for, by command.
        losses: what must not be, one line each.
        told: one example of what each said.
    """

    seed: int
    disk: str = ""
    refused: Counter[str] = field(default_factory=Counter)
    fitted: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)


class Attack:
    """One command on a small disk.

    Args:
        subject: the command.
        folder: where everything lies.
        disk: the disk.
        report: what is added to.
    """

    def __init__(self, subject: Subject, folder: Path, disk: Disk, report: Report) -> None:
        self.subject, self.disk, self.report = subject, disk, report
        self.said = folder / "said"
        before = self._used()
        place = disk.place / f"{subject.name}-undisturbed"
        if (ended := self._start(place)).code:
            raise SystemExit(f"{subject.name} itself fails: {ended.err}")
        self.expected, self.needs = subject.left(place), self._used() - before
        shutil.rmtree(place)

    def _used(self) -> int:
        files = (path for path in self.disk.place.rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files)

    def _start(self, place: Path, prepare: Callable[[], object] = lambda: None) -> Ended:
        words, environment = self.subject.command(place)
        return Command(words, self.said, environment, prepare).wait()

    def full(self, number: int, chance: random.Random) -> None:
        """With room for a part of what the command writes."""
        place = self._begun(number)
        before = self._content()
        prepare = self.disk.leave(int(chance.random() * self.needs))
        self._check("full", place, self._start(place, prepare), before, self.disk.make_room)

    def forbidden(self, number: int) -> None:
        """Where nothing can be written."""
        place = self._begun(number)
        before = self._content()
        self.disk.forbid(True)
        ended = self._start(place)
        self._check("read-only", place, ended, before, lambda: self.disk.forbid(False))

    def _begun(self, number: int) -> Path:
        """A new place, with a file that is not the command's."""
        place = self.disk.place / f"{self.subject.name}-{number}"
        self.subject.command(place)  # makes the folder, where the command does not
        (self.disk.place / "precious").write_text("precious")
        return place

    def _content(self) -> dict[str, str]:
        files = (path for path in self.disk.place.rglob("*") if path.is_file())
        return {str(path): digest(path) for path in files}

    def _check(
        self,
        fault: str,
        place: Path,
        ended: Ended,
        before: dict[str, str],
        repair: Callable[[], object],
    ) -> None:
        name = f"{self.subject.name}, {fault}"
        repair()
        if ended.code == 0:
            self.report.fitted[name] += 1
        elif (wrong := ended.one_error()) is not None:
            self.report.losses.append(f"{name}: {wrong}")
        else:
            self.report.refused[name] += 1
            self.report.told.setdefault(name, ended.err.strip())
        if not before.items() <= self._content().items():
            self.report.losses.append(f"{name}: what was there before is not as it was")
        self._again(name, place)

    def _again(self, name: str, place: Path) -> None:
        again = self._start(place)
        if again.code:
            self.report.losses.append(f"{name}: with room again: {again.err[-300:]}")
        elif (differs := self.subject.differs(self.expected, self.subject.left(place))) is not None:
            self.report.losses.append(f"{name}: with room again it {differs}")
        shutil.rmtree(place)


def attack(times: int, seed: int, folder: Path, subjects: tuple[type[Subject], ...]) -> Report:
    """Full and read-only disks under several commands.

    Args:
        times: full disks for each command.
        seed: of the room that is left.
        folder: where everything lies.
        subjects: the commands.
    """
    chance, report = random.Random(seed), Report(seed)
    (folder / "said").mkdir()
    disk = Disk(folder / "disk")
    report.disk = "tmpfs" if disk.is_mounted else "RLIMIT_FSIZE"
    first: Subject | None = None
    for kind in subjects:
        subject = kind()
        if first is None:
            subject.prepare(folder)
            first = subject
        subject.base, subject.cache = first.base, first.cache
        each = Attack(subject, folder, disk, report)
        for number in range(times):
            each.full(number, chance)
        each.forbidden(times)
    return report


def main() -> int:
    """Exit code: 0 if nothing was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    names = [kind.name for kind in SUBJECTS]
    parser.add_argument("--commands", nargs="+", choices=names, default=names)
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if os.geteuid() == 0 and not asked.inside:  # mounts are to be gone with this process
        words = ["unshare", "--mount", sys.executable, *sys.argv, INSIDE]
        return subprocess.run(words, check=False).returncode
    ready()
    chosen = tuple(kind for kind in SUBJECTS if kind.name in asked.commands)
    with tempfile.TemporaryDirectory() as folder:
        try:
            report = attack(asked.times, asked.seed, Path(folder), chosen)
        finally:
            if asked.inside:
                subprocess.run(["umount", str(Path(folder) / "disk")], check=False)
    print(json.dumps(vars(report), indent=1))
    return 1 if report.losses else 0


if __name__ == "__main__":
    sys.exit(main())
