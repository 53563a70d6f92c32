"""The lists and label files that come with the recordings of DVS Gesture."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from polychrony.datasets.errors import DataError

HEADER = "class,startTime_usec,endTime_usec"
LONGEST_FILE = 1_000_000  # bytes; the published ones have a few hundred


class Gesture(NamedTuple):
    """A line of a label file.

    Args:
        label: class, from 0.
        start: first microsecond, on the clock of the recording.
        end: the microsecond after the last.
    """

    label: int
    start: int
    end: int


def read_trials(path: Path) -> tuple[Path, ...]:
    """Recordings that a list of trials names, one on each line.

    Args:
        path: `trials_to_train.txt` or `trials_to_test.txt`; the recordings lie beside it.

    Returns:
        Their paths, in the order of the list.

    Raises:
        DataError: a name is not that of a recording, comes twice, or its file or label file is
            missing.
    """
    names = [line.strip() for line in _text(path).splitlines() if line.strip()]
    if strange := [n for n in names if not re.fullmatch(r"user\d+_\w+\.aedat", n)]:
        raise DataError(f"{path} names {strange[0]!r}: expected are lines userNN_LIGHT.aedat")
    if len(set(names)) < len(names):
        raise DataError(f"{path} names a recording twice")
    if not names:
        raise DataError(f"{path} names no recordings")
    paths = tuple(path.parent / name for name in names)
    needed = [file for trial in paths for file in (trial, label_file(trial))]
    if missing := [file.name for file in needed if not file.is_file()]:
        raise DataError(
            f"{path.parent} lacks {missing[0]}, and {len(missing) - 1} more files that {path.name} "
            "asks for: unpack the set again"
        )
    return paths


def read_gestures(trial: Path, n_classes: int) -> list[Gesture]:
    """Gestures of a recording: lines `class,startTime_usec,endTime_usec`, classes from 1.

    Args:
        trial: the recording.
        n_classes: classes of the set.

    Returns:
        The gestures, classes counted from 0.

    Raises:
        DataError: a line holds no gesture.
    """
    path = label_file(trial)
    header, *lines = _text(path).splitlines() or [""]
    if header.replace(" ", "") != HEADER:
        raise DataError(f"{path} begins with {header[:60]!r}, expected is {HEADER}")
    gestures = []
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        found = re.fullmatch(r"\s*(\d{1,4})\s*,\s*(\d{1,15})\s*,\s*(\d{1,15})\s*", line)
        label, start, end = (int(cell) for cell in found.groups()) if found else (0, 0, 0)
        if not (1 <= label <= n_classes and start < end):
            raise DataError(
                f"{path} line {number}: {line.strip()[:60]!r} is no gesture; expected are a class "
                f"from 1 to {n_classes}, a start and a later end in microseconds"
            )
        gestures.append(Gesture(label - 1, start, end))
    return gestures


def label_file(trial: Path) -> Path:
    """The file that delimits the gestures of a recording."""
    return trial.with_name(f"{trial.stem}_labels.csv")


def subject_of(trial: Path) -> int:
    """Who is seen in a recording `userNN_LIGHT.aedat`."""
    return int(trial.name.removeprefix("user").partition("_")[0])


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise DataError(f"{path} is too long for a list of names or gestures")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text: unpack the set again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
