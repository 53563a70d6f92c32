"""Runs an attack in a process of its own, since it forks others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
asked_for = pytest.mark.skipif(
    not os.environ.get("POLYCHRONY_STRESS"),
    reason="takes a minute and a half of processor time together; set POLYCHRONY_STRESS=1",
)


def attack(script: str, *words: object) -> dict[str, Any]:
    """What an attack told in the end; it ends with 0 only if nothing was lost."""
    command = [sys.executable, str(HERE / script), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.strip()
    told: dict[str, Any] = json.loads(lines if lines.startswith("{\n") else lines.split("\n")[-1])
    return told
