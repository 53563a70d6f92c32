"""Delays solve what no network without them can; learned ones are the right ones."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch
from torch.optim import Adam

from polychrony.datasets import Coincidence, bin_events
from polychrony.experiments.commands import timing as command
from polychrony.experiments.recipes import coincidence
from polychrony.experiments.timing import truth
from polychrony.experiments.timing.arms import plan_arms
from polychrony.experiments.timing.picture import save_timing
from polychrony.snn import SpikingNetwork, decide, readout_loss


def tiny(split: str, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two orders of three assemblies in steps of 4 ms: there are no more."""
    data = Coincidence(split, assemblies=3, members=6, orders=2)
    made = [
        bin_events(data[i][0], data.sensor_size, dt=0.004, n_steps=60, dtype=np.uint8)
        for i in range(count)
    ]
    return torch.from_numpy(np.stack(made, 1)).float(), torch.from_numpy(data.labels[:count])


def accuracy(delays: str) -> float:
    """Of integer delays on new samples, after some seconds of learning."""
    x, labels = tiny("train", 512)
    network = SpikingNetwork(18, (8,), 2, dt=0.004, tau_mem=0.004, max_delay=20, delays=delays)
    positions = [layer.delay for layer in network.delayed_layers if layer.delay.requires_grad]
    others = [p for n, p in network.named_parameters() if not n.endswith("delay")]
    groups = [{"params": others, "lr": 0.02}]
    if positions:
        groups.append({"params": positions, "lr": 0.5})
    optimizer = Adam(groups)
    for epoch in range(12):
        if epoch == 6:
            for layer in network.delayed_layers:
                layer.discretize()
        for layer in network.delayed_layers:
            if not layer.is_discrete:
                layer.sigma.fill_(8.0 * 0.6**epoch)
        for rows in torch.randperm(len(labels)).split(32):
            optimizer.zero_grad()
            readout_loss(network(x[:, rows]), labels[rows]).backward()
            optimizer.step()
            network.clamp_delays()
    x, labels = tiny("test", 600)
    with torch.no_grad():
        decisions = decide(network.discretize()(x))
    return float((decisions == labels).double().mean())


def test_learned_delays_solve_what_no_delays_cannot():
    torch.set_num_threads(1)
    assert accuracy("learned") > 0.9
    assert abs(accuracy("none") - 0.5) < 0.1


def test_detectors_learn_the_right_delays(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYCHRONY_CACHE", str(tmp_path))
    found = truth.learn(seed=1)
    assert found.learned.shape == found.right.shape == (6, 24)
    assert found.error < 1e-3 < 0.03 < found.error_before
    assert found.correlation > 0.999
    assert found.accuracy > 0.98 and found.accuracy_right > 0.98


def test_right_delays_let_a_pattern_arrive_at_once():
    data = Coincidence("valid", period=truth.PERIOD, jitter=0.0, distractors=0, repeats=1)
    right = data.gap * (data.slots.max() - data.slots)
    for times, label in zip(data._times[:50, :, 0], data.labels, strict=False):
        arrival = (times + right[label]) % data.period
        turned = (arrival - arrival[0] + data.period / 2) % data.period
        np.testing.assert_allclose(turned, data.period / 2, atol=1e-9)


def test_arms_differ_in_delays_and_match_in_neurons_or_parameters(tmp_path):
    base = coincidence()
    arms = plan_arms(base, 24, 6, 2, tmp_path)
    assert [(arm.delays, arm.width) for arm in arms] == [
        ("none", 20),
        ("fixed", 10),
        ("fixed", 20),
        ("learned", 10),
    ]
    folders = {run.folder for arm in arms for run in arm.runs}
    assert len(folders) == 8
    seeds = [run.config.training.seed for run in arms[0].runs]
    assert seeds == [0, 1]
    (learned,) = [arm for arm in arms if arm.delays == "learned"]
    assert learned.runs[0].config == base


@pytest.fixture
def quick(monkeypatch):
    """A recipe of one epoch on few samples, and one detector run of few steps."""
    base = coincidence()
    short = dataclasses.replace(
        base,
        data=dataclasses.replace(base.data, samples=40),
        training=dataclasses.replace(base.training, epochs=2, settle_epochs=1, sigma_epochs=1),
    )
    monkeypatch.setattr(command, "coincidence", lambda: short)
    monkeypatch.setattr(command, "learn", lambda seed: truth.learn(seed, epochs=1))


def test_the_command_goes_on_with_its_runs(call, tmp_path, quick):
    words = ["timing", "--seeds", "1", "--run", "runs", "--json", "told.json", "--plot", "told.png"]
    said = call(*words)
    assert said.code == 0, said.err
    told = json.loads((tmp_path / "told.json").read_text())
    assert [row["delays"] for row in told["accuracy"]] == ["none", "fixed", "fixed", "learned"]
    assert [row["neurons"] for row in told["accuracy"]] == [20, 10, 20, 10]
    assert told["accuracy"][0]["parameters"] >= told["accuracy"][3]["parameters"]
    assert np.shape(told["delays"][0]["learned_s"]) == (6, 24)
    assert (tmp_path / "told.png").read_bytes().startswith(b"\x89PNG")
    again = call(*words)
    assert again.code == 0 and "run 1 of" not in again.out
    assert json.loads((tmp_path / "told.json").read_text())["accuracy"] == told["accuracy"]


def test_what_cannot_be_is_told_in_one_line(call):
    assert call("timing", "--seeds", 0).is_one_error("--seeds is 0")
    assert call("timing", "--plot", "x.txt").is_one_error("--plot x.txt", ".png")


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_picture_has_the_form_of_its_name(form, tmp_path):
    row = {
        "delays": "none",
        "neurons": 3,
        "parameters": 9,
        "accuracy_mean": 0.5,
        "accuracies": [0.5],
        "seeds": [0],
    }
    found = {
        "seed": 0,
        "correlation": 1.0,
        "error_s": 0.0,
        "right_s": [[0.0, 0.1]],
        "learned_s": [[0.0, 0.1]],
    }
    path = tmp_path / f"picture.{form}"
    save_timing([row], [found], 0.5, path)
    assert path.stat().st_size > 1000
