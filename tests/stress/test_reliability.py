"""Each attack on files, processes and memory, in little; docs/reliability.md tells of whole ones.

Every attack runs in a process of its own, since it forks others.
"""

from __future__ import annotations

import sys

import pytest
from attacks import asked_for, attack

pytestmark = pytest.mark.slow
needs_fork = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")


@needs_fork
@pytest.mark.parametrize(
    "what", ["training", *(pytest.param(each, marks=asked_for) for each in ("data", "exploration"))]
)
def test_killed_commands_lose_nothing(what: str) -> None:
    if what == "exploration":
        pytest.importorskip("optuna", reason="pip install 'polychrony[explore]'")
    told = attack("kill.py", "--what", what, "--times", 3)
    assert told["losses"] == []
    assert told["kills"] == told["went_on"] == 3


def test_downloads_that_are_cut_become_whole() -> None:
    told = attack("downloads.py", "--files", 8)
    assert told["losses"] == [] and told["cuts"] > 8 and told["parts"] > 0
