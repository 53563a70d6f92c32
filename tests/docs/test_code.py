"""The Python code of every page runs as it stands there, block after block."""

from __future__ import annotations

import importlib.util

import pytest
import torch
from docs_given import GIVEN
from docs_pages import PAGES, blocks, name

WITH_CODE = [page for page in PAGES if any(b.language == "python" for b in blocks(page))]


@pytest.mark.parametrize("page", WITH_CODE, ids=name)
def test_code_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLYCHRONY_CACHE", str(tmp_path / "cache"))
    torch.manual_seed(0)
    code = [block for block in blocks(page) if block.language == "python"]
    missing = {
        need for block in code for need in block.needs if importlib.util.find_spec(need) is None
    }
    names = GIVEN.get(page.name, dict)()
    names["__name__"] = page.stem.replace("-", "_")
    for block in code:
        if hasattr(names, "before"):
            names.before(block.needs)
        if not missing & set(block.needs):
            # Empty lines before it, so that a traceback tells the line of the page.
            exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), names)
    if missing:
        pytest.skip(f"blocks that need {', '.join(sorted(missing))}, not installed")


def test_the_network_of_a_how_to_learns(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYCHRONY_CACHE", str(tmp_path))
    (page,) = [page for page in PAGES if page.name == "own-data.md"]
    names = {"__name__": "own_data"}
    for block in blocks(page):
        exec(compile(block.text, page.name, "exec"), names) if block.language == "python" else None
    assert names["accuracy"] > 0.9
