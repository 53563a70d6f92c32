"""Kill commands at random moments, start them again, and see that nothing is lost.

`python tests/stress/kill.py --what training --times 50 --seed 0` begins the real command, kills it
with SIGKILL, and starts it again, `train` with `--resume`, until it comes to its end. What it then
left is compared with what a command left that nobody disturbed. Then all of it begins again, until
as many kills have hit; what was done so far is told after each round. Half of them come at a moment
drawn evenly from the time that a whole command takes, half just before a file operation drawn from
those of a whole command.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forked import Command, Ended, ready, watch_changes
from subjects import SUBJECTS, Subject


@dataclass
class Report:
    """What was done, and what came of it.

    Args:
        what: the command.
        seed: of everything drawn.
        kills: processes that were killed at work.
        at_moments: those of them killed at a random moment.
        rounds: times that the command was brought to its end and compared.
        went_on: starts after a kill that were not refused.
        undisturbed_s: time of a whole command, s.
        moments: tenths of that time in which kills fell, counted from 0.
        operations: file operations before which kills fell, by name.
        losses: what must not be, one line each.
    """

    what: str
    seed: int
    kills: int = 0
    at_moments: int = 0
    rounds: int = 0
    went_on: int = 0
    undisturbed_s: float = 0.0
    moments: Counter[int] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)

    def to_json(self, **more: Any) -> str:
        """As one line."""
        return json.dumps({**vars(self), "moments": dict(sorted(self.moments.items())), **more})


class Attack:
    """Rounds of one subject.

    Args:
        subject: the command, and what it leaves.
        folder: where everything lies.
        seed: of everything drawn.
    """

    def __init__(self, subject: Subject, folder: Path, seed: int) -> None:
        self.subject, self.folder = subject, folder
        self.chance = random.Random(seed)
        self.report = Report(subject.name, seed)
        (folder / "said").mkdir()
        subject.prepare(folder)
        self._measure()

    def _start(self, place: Path, kill_at: int | None = None, after: float | None = None) -> Ended:
        words, environment = self.subject.command(place)
        watched, note = self.subject.watched(place), self.folder / "operations"
        command = Command(
            words,
            self.folder / "said",
            environment,
            lambda: watch_changes(watched, note, kill_at),
        )
        return command.wait(after)

    def _measure(self) -> None:
        """Undisturbed: what a whole command takes, what it does, and what it leaves."""
        for name in ("warm", "undisturbed"):  # compiled loops are looked up once
            ended = self._start(self.folder / name)
            if ended.code:
                raise SystemExit(f"the command itself fails: {ended.err}")
        self.seconds = self.report.undisturbed_s = ended.seconds
        self.operations = len((self.folder / "operations").read_text().splitlines())
        self.expected = self.subject.left(self.folder / "undisturbed")

    def run(self, times: int) -> Report:
        """Rounds until as many kills have hit."""
        while self.report.kills < times:
            self._round(times)
            print(self.report.to_json(), file=sys.stderr, flush=True)
        return self.report

    def _round(self, times: int) -> None:
        place = self.folder / f"round-{self.report.rounds}"
        before = self.subject.kept(place)
        killed = False
        while True:
            ended = self._attempt(place, self.report.kills < times)
            if killed and (ended.is_killed or ended.code == 0):
                self.report.went_on += 1
            if not ended.is_killed:
                break
            killed = True
            now = self.subject.kept(place)
            if (lost := self.subject.lost(before, now)) is not None:
                self._lose(lost)
            before = now
        self.report.rounds += 1
        if ended.code:
            self._lose(f"exit code {ended.code}: {ended.err[-300:]}")
        elif (differs := self.subject.differs(self.expected, self.subject.left(place))) is not None:
            self._lose(differs)

    def _attempt(self, place: Path, kill: bool) -> Ended:
        if not kill:
            return self._start(place)
        if self.report.kills % 2 == 0:
            moment = self.chance.uniform(0, self.seconds)
            ended = self._start(place, after=moment)
            if ended.is_killed:
                self.report.at_moments += 1
                self.report.moments[int(10 * moment / self.seconds)] += 1
        else:
            ended = self._start(place, kill_at=self.chance.randrange(self.operations))
            if ended.is_killed:
                done = (self.folder / "operations").read_text().split()
                self.report.operations[done[-1]] += 1
        self.report.kills += ended.is_killed
        return ended

    def _lose(self, what: str) -> None:
        self.report.losses.append(f"round {self.report.rounds}: {what}")


def main() -> int:
    """Exit code: 0 if nothing was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--what", choices=list(SUBJECTS), required=True)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    ready()
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = Attack(SUBJECTS[asked.what](), Path(folder), asked.seed).run(asked.times)
    print(report.to_json(took_s=round(time.perf_counter() - begin, 1)))
    return 1 if report.losses else 0


if __name__ == "__main__":
    sys.exit(main())
