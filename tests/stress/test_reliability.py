"""Each attack on files, processes and memory, in little; docs/reliability.md tells of whole ones.

Every attack runs in a process of its own, since it forks others.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
needs_fork = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")


def attack(script: str, *words: object) -> dict[str, Any]:
    """What an attack told in the end; it ends with 0 only if nothing was lost."""
    command = [sys.executable, str(HERE / script), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.strip()
    told: dict[str, Any] = json.loads(lines if lines.startswith("{\n") else lines.split("\n")[-1])
    return told


@needs_fork
@pytest.mark.parametrize("what", ["training", "data", "exploration"])
def test_killed_commands_lose_nothing(what: str) -> None:
    if what == "exploration":
        pytest.importorskip("optuna", reason="pip install 'polychrony[explore]'")
    told = attack("kill.py", "--what", what, "--times", 3)
    assert told["losses"] == []
    assert told["kills"] == told["went_on"] == 3


@needs_fork
@pytest.mark.parametrize("command", ["training", "data", "evaluation"])
def test_commands_without_room_say_so_and_go_on_later(command: str) -> None:
    told = attack("disk.py", "--times", 1, "--commands", command)
    assert told["losses"] == []
    assert told["refused"][f"{command}, read-only"] == 1


@needs_fork
def test_two_that_prepare_one_cache_both_succeed() -> None:
    assert attack("race.py", "--rounds", 1) == {"rounds": 1, "losses": []}


def test_downloads_that_are_cut_become_whole() -> None:
    told = attack("downloads.py", "--files", 8)
    assert told["losses"] == [] and told["cuts"] > 8 and told["parts"] > 0


@needs_fork
def test_memory_stays_flat() -> None:
    assert attack("memory.py", "--models", 50, "--batches", 500)["flat"]
