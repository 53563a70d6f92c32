"""Files that are whole or not there: written under a temporary name, then renamed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from polychrony.experiments.errors import UserError


def check_writable(path: Path) -> None:
    """Find out, before long work, that its result could not be written; nothing is changed.

    Args:
        path: file that will be made or replaced.

    Raises:
        UserError: it is a folder, or no file can be made there.
    """
    nearest = next(parent for parent in path.absolute().parents if parent.exists())
    if path.is_dir():
        reason = "it is a folder"
    elif not nearest.is_dir():
        reason = f"{nearest} is not a folder"
    elif not os.access(nearest, os.W_OK | os.X_OK):
        reason = f"no permission to write in {nearest}"
    else:
        return
    raise UserError(f"{path} cannot be written: {reason}; choose another place")


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file in a folder beside `path`, then put it in its place.

    What a killed process left of such a folder is removed by the next that writes the same file.

    Args:
        path: the file to make or replace; its folder is made if missing.
        write: receives the temporary path and writes the whole content to it.

    Raises:
        UserError: it cannot be written.
    """
    # Not above: the package of data sets loads torch, and --help asks this module for nothing.
    from polychrony.datasets.work_folder import work_folder

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A folder, since that can be locked without regard to how `write` opens its file.
        with work_folder(path.parent, path.name) as folder:
            temporary = folder / path.name
            write(temporary)
            temporary.chmod(0o644)
            temporary.replace(path)
    except (OSError, RuntimeError) as error:  # torch.save reports a full disk as RuntimeError
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"{path} cannot be written: {reason}; make room or choose another place"
        ) from error


def to_json(content: Any) -> str:
    """The text of a JSON file."""
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file, atomically."""
    text = to_json(content)

    def write(temporary: Path) -> None:
        temporary.write_text(text)

    write_atomically(path, write)


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        UserError: it is missing or not JSON.
    """
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist") from error
    except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as JSON: {error}") from error
