"""`polychrony doctor`: what this installation can do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rich.console import Console

from polychrony.experiments.data import find_data
from polychrony.experiments.machine import library_versions, machine
from polychrony.experiments.tables import listing
from polychrony.hardware import chip_names
from polychrony.snn.kernels import DELAY_BACKENDS, NEURON_BACKENDS

EXTRAS = {"tonic": "events", "spikingjelly": "spikingjelly"}


def doctor(folders: list[Path], console: Console) -> dict[str, Any]:
    """Report versions, devices, backends and data sets.

    Args:
        folders: folders in which to look for data files.
        console: where the tables go.

    Returns:
        The same, for programs.
    """
    folders = [Path(folder).expanduser() for folder in folders]
    report: dict[str, Any] = {
        "versions": library_versions(),
        "machine": machine(),
        "backends": {"neurons": list(NEURON_BACKENDS), "delays": list(DELAY_BACKENDS)},
        "chips": list(chip_names()),
        "data": {
            "digits": "built in",
            **{name: str(path) for name, path in find_data(folders).items()},
        },
    }
    versions = {
        name: version or f"not installed (pip install 'polychrony[{EXTRAS[name]}]')"
        for name, version in report["versions"].items()
        if version or name in EXTRAS
    }
    console.print(listing("versions", versions))
    devices = {key.replace("_", " "): _text(value) for key, value in report["machine"].items()}
    console.print(listing("machine", devices))
    backends = {key: ", ".join(names) for key, names in report["backends"].items()}
    console.print(listing("backends that can run here", backends))
    console.print(listing("chips", {"modelled": ", ".join(report["chips"])}))
    console.print(listing(f"data in {os.pathsep.join(map(str, folders))}", report["data"]))
    return report


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)
