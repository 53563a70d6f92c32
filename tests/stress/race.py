"""Let two processes prepare the same cache at the same time.

`python tests/stress/race.py --rounds 10` starts `polychrony evaluate` twice at once where nothing
is in the cache. Both must succeed with the same numbers, and leave one cache with the content of
one that a single process made.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from forked import Command, ready
from subjects import Data


def attack(rounds: int, folder: Path) -> list[str]:
    """What must not be, one line each.

    Args:
        rounds: how often two begin together.
        folder: where everything lies.
    """
    subject, said = Data(), folder / "said"
    said.mkdir()
    subject.prepare(folder)
    alone = _start(subject, folder / "alone", said, "told")
    if (ended := alone.wait()).code:
        raise SystemExit(f"the command itself fails: {ended.err}")
    expected = subject.left(folder / "alone")
    wrong = []
    for number in range(rounds):
        place = folder / f"round-{number}"
        both = [_start(subject, place, said, name) for name in ("told", "other")]
        for ended in [command.wait() for command in both]:
            if ended.code:
                wrong.append(f"round {number}: exit code {ended.code}: {ended.err[-300:]}")
        other = place / "other.json"
        if not other.exists() or other.read_text() != expected["told"]:
            wrong.append(f"round {number}: the second one tells other numbers")
        other.unlink(missing_ok=True)
        if (differs := subject.differs(expected, subject.left(place))) is not None:
            wrong.append(f"round {number}: {differs}")
    return wrong


def _start(subject: Data, place: Path, said: Path, name: str) -> Command:
    words, environment = subject.command(place)
    return Command([*words[:-1], str(place / f"{name}.json")], said, environment)


def main() -> int:
    """Exit code: 0 if nothing was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    asked = parser.parse_args()
    ready()
    with tempfile.TemporaryDirectory() as folder:
        wrong = attack(asked.rounds, Path(folder))
    print(json.dumps({"rounds": asked.rounds, "losses": wrong}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
