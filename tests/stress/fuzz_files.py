"""Damage files of every format that strangers may send, and see that each is refused in words.

`python tests/stress/fuzz_files.py --seconds 600 --seed 0` runs for ten minutes. Good files, made
by our own writers, are damaged byte by byte and value by value. Whatever is read from them must be
read, or refused with an error of our own: nothing else may be raised, nothing may be run, memory
and time must stay within bounds. Work is done in a process of its own, so that a crash inside a
library is counted and not the end; the file that caused it is kept.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fuzz_targets import TARGETS, Target
from mutations import damaged

MEMORY = 512 * 2**10
"""Kibibytes by which one file may raise the peak of the process."""
HANGS = 60.0
"""Seconds after which a process that should have ended is ended."""
SLOW = 20.0
"""Seconds that one file may take."""


@dataclass
class Report:
    """What became of the files.

    Args:
        tried: files read, by format.
        refused: those refused with an error of our own.
        failures: what must not be, one line each.
        slowest: longest time that one file took, s.
    """

    tried: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def to_json(self) -> str:
        """As one line."""
        return json.dumps(
            {
                "tried": self.tried,
                "refused": self.refused,
                "failures": self.failures,
                "slowest_s": round(self.slowest, 3),
            }
        )


def fuzz(
    seconds: float,
    seed: int,
    folder: Path,
    names: list[str],
    keep: Callable[[Path], None] = lambda path: None,
) -> Report:
    """Read damaged files for a while.

    Args:
        seconds: how long.
        seed: of everything drawn; the same seed damages the same files in the same order.
        folder: where files are written.
        names: formats, by turns.
        keep: called with the file of each failure.
    """
    report, chance = Report(), random.Random(seed)
    targets = {name: TARGETS[name](folder / name) for name in names}
    sentinel = folder / "sentinel"
    end, turn = time.monotonic() + seconds, _turns(names)
    while time.monotonic() < end:
        name = next(turn)
        target = targets[name]
        path = damaged(target.seeds, chance, target.path, target.edit)
        report.tried[name] += 1
        found = _read(target, path, report, name)
        if sentinel.exists():
            found = "code in the file was run"
            sentinel.unlink()
        if found is not None:
            report.failures.append(f"{name} file {report.tried[name]} of seed {seed}: {found}")
            keep(path)
    return report


def _turns(names: list[str]) -> Iterator[str]:
    while True:
        yield from names


def _read(target: Target, path: Path, report: Report, name: str) -> str | None:
    """What went wrong with one file, or None."""
    before, begin = _peak(), time.monotonic()
    found = None
    try:
        target.read(path)
    except target.errors as error:
        report.refused[name] += 1
        if "\n" in str(error).strip():
            found = f"the message has several lines: {error!r}"
    except Exception as error:  # the very thing that is looked for
        found = f"{type(error).__module__}.{type(error).__name__}: {error}"[:300]
    taken = time.monotonic() - begin
    report.slowest = max(report.slowest, taken)
    if taken > SLOW:
        found = f"took {taken:.1f} s"
    if _peak() - before > MEMORY:
        found = f"took {(_peak() - before) // 2**10} MiB"
    return found


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _worker(seconds: float, seed: int, folder: Path, names: list[str], kept: Path) -> int:
    def keep(path: Path) -> None:
        kept.mkdir(parents=True, exist_ok=True)
        number = len(list(kept.iterdir()))
        (kept / f"{seed}-{number}{path.suffix}").write_bytes(path.read_bytes())

    print(fuzz(seconds, seed, folder, names, keep).to_json())
    return 0


def main() -> int:
    """Exit code: 0 if every file was read or refused in words."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--formats", nargs="+", choices=list(TARGETS), default=list(TARGETS))
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker is not None:
        return _worker(asked.seconds, asked.seed, asked.worker, asked.formats, asked.keep)
    total, seed, end = Report(), asked.seed, time.monotonic() + asked.seconds
    while time.monotonic() < end:
        with tempfile.TemporaryDirectory() as folder:
            left = max(end - time.monotonic(), 1.0)
            words = [sys.executable, __file__, "--worker", folder, "--seed", str(seed)]
            words += ["--seconds", str(min(left, 120.0)), "--keep", str(asked.keep), "--formats"]
            command = [*words, *asked.formats]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, check=False, timeout=left + HANGS
                )
            except subprocess.TimeoutExpired:
                done = subprocess.CompletedProcess(command, -1, "", "it did not come to an end")
            _add(total, done, seed, Path(folder), asked.keep)
        seed += 1
    print(total.to_json())
    for failure in total.failures:
        print(failure)
    return 1 if total.failures else 0


def _add(
    total: Report, done: subprocess.CompletedProcess[str], seed: int, folder: Path, kept: Path
) -> None:
    """Add what one process found, or how it ended."""
    if done.returncode:
        said = next(iter(done.stderr.strip().splitlines()[-1:]), "")
        total.failures.append(f"seed {seed}: the process ended with {done.returncode}: {said}")
        kept.mkdir(parents=True, exist_ok=True)
        for path in folder.glob("*/*.*"):
            (kept / f"{seed}-crash{path.suffix}").write_bytes(path.read_bytes())
        return
    found = json.loads(done.stdout.splitlines()[-1])
    total.tried.update(found["tried"])
    total.refused.update(found["refused"])
    total.failures += found["failures"]
    total.slowest = max(total.slowest, found["slowest_s"])


if __name__ == "__main__":
    sys.exit(main())
