"""Compiled loops on disk are never older than what they were made from."""

from __future__ import annotations

import os

from polychrony.snn.kernels.compiled import forget_stale


def test_loops_older_than_any_source_are_made_again(tmp_path):
    cache = tmp_path / "inner" / "__pycache__"
    cache.mkdir(parents=True)
    source, old, fresh = tmp_path / "parts.py", cache / "old.nbi", cache / "fresh.nbi"
    for path, when in ((old, 100), (source, 200), (fresh, 300)):
        path.touch()
        os.utime(path, (when, when))
    forget_stale(tmp_path)
    assert not old.exists()
    assert fresh.exists()


def test_a_folder_without_compiled_loops_is_left_alone(tmp_path):
    forget_stale(tmp_path)
    assert not list(tmp_path.iterdir())
