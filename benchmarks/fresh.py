"""Python processes that have done nothing yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.record import ROOT
from polychrony.experiments.errors import UserError


def printed(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What a fresh Python process with these arguments prints.

    Args:
        arguments: of the interpreter.
        environment: variables added to those of this process.

    Raises:
        UserError: it failed.
    """
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    if done.returncode:
        raise UserError((done.stderr.strip().splitlines() or ["a process failed"])[-1])
    return done.stdout


def told(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON in the last line that such a process prints; see `printed`."""
    content: dict[str, Any] = json.loads(printed(arguments, environment).strip().splitlines()[-1])
    return content
