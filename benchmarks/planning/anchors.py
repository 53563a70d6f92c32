"""What is measured for the page, and the files that hold it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.planning import measured_chips, measured_processes, measured_training
from benchmarks.planning.layers import Kind, Run
from benchmarks.record import ROOT, commit, load, versions
from polychrony.experiments.errors import UserError
from polychrony.experiments.files import read_json, write_json
from polychrony.experiments.machine import machine

FOLDER = ROOT / "benchmarks" / "results" / "planning"
FORMAT = 1
RUN = Run(steps=100, batch=32, max_delay=24)
TRAINING: tuple[tuple[Kind, int, int], ...] = (
    ("synapse", 64, 32),
    ("synapse", 128, 32),
    ("synapse", 256, 32),
    ("synapse", 512, 32),
    ("synapse", 1024, 32),
    ("axon", 256, 32),
    ("axon", 512, 32),
    ("axon", 1024, 32),
    ("axon", 2048, 32),
    ("conv", 16, 8),
    ("conv", 16, 32),
    ("conv", 32, 8),
    ("conv", 32, 16),
)
"""Kind of layer, width (or side of the frame), and samples of a batch."""
CHIPS = ((1, 128), (2, 128), (4, 128), (8, 128), (1, 1024))
"""Chips to a side, and neurons of each core."""


def _training() -> list[dict[str, Any]]:
    rows = []
    for kind, width, batch in TRAINING:
        run = Run(RUN.steps, batch, RUN.max_delay)
        found = measured_training.in_fresh_process(kind, width, run)
        rows.append({"kind": kind, "width": width, "batch": batch, **found})
    return rows


def _chips() -> list[dict[str, Any]]:
    return [measured_chips.in_fresh_process(*each) for each in CHIPS]


def _processes() -> list[dict[str, Any]]:
    return [measured_processes.measured(*way) for way in measured_processes.WAYS]


ANCHORS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "training": _training,
    "chips": _chips,
    "processes": _processes,
}


def measure(name: str, folder: Path = FOLDER) -> None:
    """Measure one kind of anchors and write its file."""
    rows = ANCHORS[name]()
    content = {
        "format": FORMAT,
        "anchors": name,
        "command": f"python -m benchmarks.planning --measure {name}",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit(),
        "machine": machine() | {"load_at_end": load()},
        "versions": versions(),
        "rows": rows,
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / f"{name}.json", content)


def read(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """One kind of anchors.

    Raises:
        UserError: there are none, or they are of another format.
    """
    path = folder / f"{name}.json"
    if not path.is_file():
        raise UserError(f"there is no {path}; run python -m benchmarks.planning --measure {name}")
    content = read_json(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path} is not in format {FORMAT}; measure it again")
    return content
