"""Training with the authors' code: its convolutions, its samples, its results as rows."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from benchmarks import accuracy
from benchmarks.authors import __main__ as authors
from benchmarks.authors import data
from benchmarks.authors.fourier import conv1d

CODE = """
class Config:
    time_step, n_bins, batch_size = 10, 5, 4
"""
NETWORK = """
import torch
class SnnDelays(torch.nn.Linear):
    def __init__(self, config):
        super().__init__(2, 3)
        self.config = config
    def eval_model(self, loader, device):
        return 0.0, self.accuracies.pop(0)
    def train_model(self, train, valid, test, device):
        assert test is None and sum(len(y) for _, y, _ in train) == 2
        self.accuracies = [0.2, 0.9, 0.5, 0.8]
        for _ in range(self.config.epochs):
            self.eval_model(valid, device)
"""


SIZES = st.tuples(*(st.integers(1, most) for most in (4, 5, 5, 7)), st.integers(0, 9))


@settings(deadline=None)
@given(SIZES)
def test_the_spectral_convolution_is_torchs(sizes):
    batch, channels, out, taps, more = sizes
    torch.manual_seed(taps)
    x = torch.randn(batch, channels, taps + more, requires_grad=True)
    w = torch.randn(out, channels, taps, requires_grad=True)
    grad = torch.randn(batch, out, more + 1)
    found = [y := conv1d(x, w), *torch.autograd.grad(y, (x, w), grad)]
    right = [y := functional.conv1d(x, w), *torch.autograd.grad(y, (x, w), grad)]
    for ours, theirs in zip(found, right, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_other_convolutions_are_refused():
    with pytest.raises(NotImplementedError, match="stride"):
        conv1d(torch.ones(1, 1, 5), torch.ones(1, 1, 2), stride=2)


@pytest.fixture
def root(tmp_path):
    for name, speakers in (("train", [6, 1, 2]), ("test", [4])):
        with h5py.File(tmp_path / f"shd_{name}.h5", "w") as file:
            n = len(speakers)
            floats, ints = (h5py.vlen_dtype(np.dtype(kind)) for kind in ("float16", "uint16"))
            file.create_dataset("spikes/times", (n,), floats)
            file.create_dataset("spikes/units", (n,), ints)
            for i in range(n):
                file["spikes/times"][i] = np.array([0.0, 0.0101, 0.0102, 0.035])
                file["spikes/units"][i] = np.array([0, 9, 5, 699])
            file["labels"] = np.arange(n)
            file["extra/speaker"] = np.array(speakers)
    return tmp_path


def test_frames_hold_every_spike_of_the_speakers_that_are_kept(root):
    kept = data.samples(root / "shd_train.h5", (6,), 10, 5)
    assert [label for _, label in kept] == [1, 2]
    counts = kept[0][0]
    assert counts.shape == (4, 140)
    assert (counts[0, 0], counts[1, 1], counts[3, 139], counts.sum()) == (1, 2, 1, 4)
    padded, _, lengths = data.collate([*kept, (torch.ones(6, 140), 0)])
    assert padded.shape == (3, 6, 140) and lengths.tolist() == [4, 4, 6]
    assert padded[0, 4:].sum() == 0


def test_a_run_becomes_a_row(root, tmp_path, monkeypatch):
    checkout = tmp_path / "code"
    checkout.mkdir()
    (checkout / "best_config_SHD.py").write_text(CODE)
    (checkout / "snn_delays.py").write_text(NETWORK)
    (checkout / "utils.py").write_text("set_seed = lambda seed: None\n")
    for name in ("config", "datasets", "wandb", "utils", "snn_delays", "best_config_SHD"):
        monkeypatch.delitem(authors.code.sys.modules, name, raising=False)
    monkeypatch.setattr(functional, "conv1d", functional.conv1d)
    monkeypatch.setattr(authors.code.sys, "path", [*authors.code.sys.path])
    modules = dict(authors.code.sys.modules)
    words = [str(checkout), "--root", str(root), "--epochs", "4", "--run", str(tmp_path / "run")]
    assert authors.main(words) == 0
    authors.code.sys.modules.clear()
    authors.code.sys.modules.update(modules)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert (result["test_accuracy"], result["best_on_test"]["epoch"]) == (0.8, 2)
    assert (result["parameters"], result["samples"]["train"]) == (9, 2)
    result["commit"] = "abcdef0"
    (tmp_path / "run" / "result.json").write_text(json.dumps(result))
    path = accuracy.keep(tmp_path / "run", "authors", "their code", to=tmp_path / "kept")
    assert json.loads(path.read_text())["command"].startswith(
        "python -m benchmarks.authors CHECKOUT"
    )
    assert "not measured" in accuracy.page(accuracy.load(tmp_path / "kept"))


def test_what_is_missing_is_told_in_one_line(tmp_path, root, capsys):
    for more, told in (([], "clone https://"), (["--epochs", "3"], "at least 4")):
        words = [str(tmp_path), "--root", str(root), "--run", str(tmp_path / "r"), *more]
        assert authors.main(words) == 2
        said = capsys.readouterr().err
        assert told in said and said.count("\n") == 1
