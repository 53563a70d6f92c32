"""The training pass on tiny files, and the pass part by part that must learn the same."""

from __future__ import annotations

import argparse

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState, GradientState

from benchmarks import shd_epoch
from benchmarks.parts import PARTS, product_operations, timed_pass
from polychrony.experiments.data import open_split
from polychrony.experiments.training import Trainer
from polychrony.experiments.training.interrupt import StopRequest


@pytest.fixture
def root(tmp_path, heidelberg_writer, monkeypatch):
    monkeypatch.setenv("POLYCHRONY_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    events = [
        (np.sort(rng.uniform(0, 0.9, 60)), rng.integers(0, 700, 60).astype(int)) for _ in range(12)
    ]
    labels, speakers = [row % 4 for row in range(12)], [6 * (row % 2) for row in range(12)]
    keys = ["one", "two", "three", "four"]
    heidelberg_writer(tmp_path / "shd_train.h5", events, labels, speakers, keys)
    _forget_accelerator()
    yield tmp_path
    _forget_accelerator()


def _forget_accelerator():
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


def test_epoch_and_profile(root):
    outcome = shd_epoch.run(argparse.Namespace(root=root, quick=True, rounds=1))
    epoch, profile = outcome.cases
    assert epoch.name.startswith("6 samples, T=100, hidden 256 and 256, 25 taps, batch 256")
    assert len(epoch.rows[0]["samples"]) == 1
    assert epoch.claims[0]["value"] == epoch.rows[0]["median"] > 0
    parts = {each["name"]: each["median"] for each in profile.rows}
    assert all(parts[part] > 0 for part in PARTS)
    assert 0 < parts["delay layers: products of spectra"] < parts["whole pass"]
    assert parts["whole pass"] == pytest.approx(sum(parts[part] for part in PARTS))


def _trainer(root, folder):
    _forget_accelerator()
    config = shd_epoch._config(root)
    train, valid = (open_split("shd", config, split) for split in ("train", "valid"))
    return Trainer(config, train, valid, folder)


def test_cut_graph_learns_what_the_whole_one_does(root):
    plain = _trainer(root, root / "plain")
    stop = StopRequest()
    with pytest.raises(Exception, match="stopped in epoch 1"):
        plain.run(stop, lambda progress, steps: setattr(stop, "requested", True), lambda _: None)
    cut = _trainer(root, root / "cut")
    timed_pass(cut)
    learned, expected = (dict(each.network.named_parameters()) for each in (cut, plain))
    started = dict(_trainer(root, root / "started").network.named_parameters())
    for name, value in expected.items():
        torch.testing.assert_close(learned[name], value, rtol=1e-4, atol=1e-5)
    assert any(not torch.equal(started[name], value) for name, value in expected.items())


def test_operations_by_hand(root):
    trainer = _trainer(root, root / "run")
    # 124 steps come out; the next length of a fast transform is 125: a real frequency, 62 complex.
    rows, multiply_add = 1 + 3 * 62, 2
    products = 2 * 140 * 256 + 3 * 256 * 256 + 3 * 256 * 4
    expected = 6 * products * rows * multiply_add
    assert product_operations(trainer) == expected
