"""Every command of every page is one that the command line takes."""

from __future__ import annotations

import pytest
from docs_pages import PAGES, commands, name

from polychrony.experiments.cli import DESCRIPTION, Command
from polychrony.experiments.parsing import parse

SHOWN = [
    pytest.param(words, id=f"{name(page)}:{line} {' '.join(words)[:40]}")
    for page in PAGES
    for line, words in commands(page)
]
PLACES = {"RECIPE": "digits", "RULE,...": "bptt,tess", "N": "3", "MS": "1", "T": "50", "P": "0.5"}
"""What stands for a value of the reader's own."""


def _filled(words):
    filled = []
    for word in words:
        word = word.strip("[]").replace("NAME=VALUE,...", "neurons-per-core=64,128")
        if word not in ("...", ""):
            filled.append(PLACES.get(word, word))
    return filled


def test_pages_show_commands():
    assert len(SHOWN) > 60


@pytest.mark.parametrize("words", SHOWN)
def test_it_is_taken(words):
    if any("[" in word or "..." in word for word in words):
        pytest.skip("a summary of the options, not a command to type")
    parse(Command, _filled(words), DESCRIPTION)
