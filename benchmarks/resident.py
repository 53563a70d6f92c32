"""Resident memory, as the system counts it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.fresh import printed

STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def resident(key: str) -> int:
    """Bytes under a key of the system's status of this process, `VmHWM` or `VmRSS`."""
    (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith(f"{key}:"))
    return int(line.split()[1]) * 1024


def start_of_peak() -> int:
    """Resident bytes now, after the system has been told to forget the peak before."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return resident("VmHWM")  # the peak so far: what lies below it is not seen
    return resident("VmRSS")


def print_growth(action: Callable[[], object]) -> None:
    """Print by how many bytes the peak grows while an action runs."""
    gc.collect()
    before = start_of_peak()
    action()
    print(resident("VmHWM") - before)


def grown_in_fresh_process(
    arguments: list[str], environment: Mapping[str, str] | None = None
) -> int:
    """What a Python process with these arguments prints by `print_growth`; see `printed`."""
    return int(printed(arguments, environment).split()[-1])
