"""What a benchmark leaves behind: numbers, claims, machine, versions, command."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.harness import Contender, row
from polychrony.experiments.machine import machine

ROOT = Path(__file__).parents[1]
FORMAT = 1
LIBRARIES = (
    "polychrony",
    "torch",
    "numpy",
    "numba",
    "triton",
    "dcls",
    "flax",
    "jax",
    "norse",
    "rockpool",
    "sinabs",
    "snntorch",
    "spikingjelly",
    "spyx",
)


@dataclass
class Case:
    """One table: rows of one size, and what they are to show."""

    name: str
    """Sizes or setting."""
    rows: list[dict[str, Any]]
    """See `harness.row`."""
    claims: list[dict[str, Any]] = field(default_factory=list)
    """See `claim`."""
    notes: list[str] = field(default_factory=list)
    """What a reader has to know, a sentence each."""


@dataclass
class Outcome:
    """All tables of a benchmark, or the reason why there are none."""

    cases: list[Case]
    skipped: str = ""


def table(contenders: Sequence[Contender]) -> list[dict[str, Any]]:
    """Rows of contenders."""
    return [contender.row() for contender in contenders]


def derived(name: str, value: float | None, unit: str, detail: str = "") -> dict[str, Any]:
    """A row that follows from others by arithmetic."""
    return row(name, [] if value is None else [value], unit, detail) | {"derived": True}


def claim(text: str, value: float | None, target: float, at_least: bool) -> dict[str, Any]:
    """A statement, its measured value and its target; not reached, but None, without a value."""
    reached = None if value is None else (value >= target if at_least else value <= target)
    return {
        "claim": text,
        "value": value,
        "target": target,
        "at_least": at_least,
        "reached": reached,
    }


def ratio(above: Sequence[float | None], below: Sequence[float | None]) -> float | None:
    """Sum over sum, None if a part is missing."""
    parts = [*above, *below]
    if any(part is None for part in parts):
        return None
    return sum(part or 0.0 for part in above) / sum(part or 0.0 for part in below)


def record(
    name: str, title: str, command: str, options: dict[str, Any], outcome: Outcome
) -> dict[str, Any]:
    """The whole content of a result file."""
    return {
        "format": FORMAT,
        "benchmark": name,
        "title": title,
        "command": command,
        "options": options,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit(),
        "machine": machine() | {"compiler": compiler(), "load_at_end": load()},
        "versions": versions(),
        "skipped": outcome.skipped,
        "cases": [vars(case) for case in outcome.cases],
    }


def versions() -> dict[str, str | None]:
    """Version of everything that took part, None where it is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def commit() -> str | None:
    """Commit of the checkout, with a mark if files differ from it; None outside of a checkout."""
    try:
        command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def compiler() -> str | None:
    """First line of `g++ --version`, None without a compiler."""
    try:
        done = subprocess.run(["g++", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.splitlines()[0]


def load() -> float | None:
    """Average number of running processes in the last minute: above the threads, others worked."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None
