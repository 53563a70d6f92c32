"""One recording as text: a spike on each line."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from polychrony.datasets.errors import DataError

HEADER = ("time_s", "neuron")
LONGEST_LINE = 1000  # a file without line breaks is no list of spikes, and may not fit into memory
LARGEST = 2**62  # what array("q") holds, with room


class TextSpikes(NamedTuple):
    """Spikes of a text file.

    Args:
        times: times, s, float64 [E].
        units: channels, int64 [E].
        lines: line of each spike, counted from 1, int64 [E].
    """

    times: NDArray[np.float64]
    units: NDArray[np.int64]
    lines: NDArray[np.int64]


def read_text(path: Path) -> TextSpikes:
    """Reads lines `time_s,neuron`, with commas or blanks between.

    That header may stand before the first spike; empty lines and what follows a `#` are left out.

    Args:
        path: the file, in UTF-8.

    Returns:
        The spikes in the order of the file; their values are not checked.

    Raises:
        DataError: the file is not text, or a line does not hold a time and a whole number.
    """
    times, units, lines = array("d"), array("q"), array("q")
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), ""), 1):
                if len(line) == LONGEST_LINE:
                    raise DataError(f"{path} line {number} is too long for one spike")
                cells = line.partition("#")[0].replace(",", " , ").split()
                if len(cells) == 3 and cells[1] == ",":
                    del cells[1]
                if not cells or (not lines and tuple(cells) == HEADER):
                    continue
                time, unit = _spike(path, number, line, cells)
                times.append(time)
                units.append(unit)
                lines.append(number)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text in UTF-8: write lines 'time_s,neuron'") from error
    return TextSpikes(np.array(times), np.array(units), np.array(lines))


def _spike(path: Path, number: int, line: str, cells: list[str]) -> tuple[float, int]:
    try:
        time, unit = cells
        spike = float(time), int(unit)
    except ValueError:
        spike = 0.0, LARGEST
    if abs(spike[1]) >= LARGEST or "_" in "".join(cells):  # Python reads 1_0 as 10
        raise DataError(
            f"{path} line {number}: {line.strip()[:40]!r} is not a time in seconds and the number "
            f"of a neuron; write '0.0125,3', and '{','.join(HEADER)}' if the file has a header"
        )
    return spike
