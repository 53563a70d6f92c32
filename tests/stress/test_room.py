"""Disks without room, two at once, and memory, in little; docs/reliability.md tells of whole runs.

Beside `test_reliability.py`, so that two workers of pytest can share them.
"""

from __future__ import annotations

import sys

import pytest
from attacks import asked_for, attack

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux"),
]
COMMANDS = ("training", "data", "evaluation")


@asked_for
def test_commands_without_room_say_so_and_go_on_later() -> None:
    told = attack("disk.py", "--times", 1, "--commands", *COMMANDS)
    assert told["losses"] == []
    assert [told["refused"][f"{command}, read-only"] for command in COMMANDS] == [1, 1, 1]


def test_two_that_prepare_one_cache_both_succeed() -> None:
    assert attack("race.py", "--rounds", 1) == {"rounds": 1, "losses": []}


@asked_for
def test_memory_stays_flat() -> None:
    assert attack("memory.py", "--models", 20, "--batches", 200)["flat"]
