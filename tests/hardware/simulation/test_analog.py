from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.adapt import relay_delays
from polychrony.hardware.quantize import quantize
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.graph import NetworkGraph, Population, Projection
from polychrony.snn.simulate import simulate


def four_weights(seed: int, longest: int = 4) -> NetworkGraph:
    """Two weights of each sign per population, decays below 1, no bias."""
    rng = np.random.default_rng(seed)

    def joined(source: str, target: str, n_in: int, n_out: int) -> Projection:
        levels = np.r_[rng.uniform(0.3, 1.2, 2), -rng.uniform(0.1, 0.6, 2)]
        weight = levels[rng.choice(4, (n_out, n_in), p=[0.4, 0.3, 0.2, 0.1])]
        return Projection.from_dense(
            source, target, weight, rng.integers(0, longest + 1, (n_out, n_in))
        )

    return NetworkGraph(
        (
            Population("in", 8, "input"),
            Population("h", 7, "lif", rng.uniform(0, 0.99, 7)),
            Population("g", 6, "lif", np.r_[rng.uniform(0, 0.99, 5), 0.0]),
            Population("out", 3, "li", 0.9),
        ),
        (
            joined("in", "h", 8, 7),
            joined("h", "g", 7, 6),
            Projection.from_dense("g", "out", rng.normal(size=(3, 6))),
        ),
        dt=1e-3,
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_without_mismatch_few_weights_run_as_in_software(analog_chip, seed):
    graph = four_weights(seed)
    spikes = np.random.default_rng(seed).poisson(0.2, (50, 3, 8)).astype(np.uint8)
    software = simulate(graph, {"in": spikes})
    hardware = run_on_chip(quantize(graph, analog_chip, mismatch=0), {"in": spikes})
    assert software.spikes["h"].any()
    for name in ("h", "g"):
        assert np.array_equal(software.spikes[name], hardware.spikes[name])
    assert np.array_equal(software.potentials["out"], hardware.potentials["out"])


def test_relays_run_on_the_chip_as_in_software(analog_chip):
    graph = four_weights(3, longest=6)
    relayed, record = relay_delays(graph, 0, 1, host_delays=True)
    spikes = (np.random.default_rng(0).random((80, 3, 8)) < 0.2).astype(np.uint8)
    hardware = run_on_chip(quantize(relayed, analog_chip, mismatch=0), {"in": spikes})
    assert record.made[0] == "h.relay1"
    software = simulate(graph, {"in": spikes})
    for name in ("h", "g"):
        assert software.spikes[name].any()
        assert np.array_equal(software.spikes[name], hardware.spikes[name])


def test_mismatch_changes_spikes_and_its_seed_decides_how(analog_chip):
    graph = four_weights(1)
    spikes = np.random.default_rng(0).poisson(0.2, (60, 4, 8)).astype(np.uint8)
    runs = [
        run_on_chip(quantize(graph, analog_chip, mismatch=m, seed=s), {"in": spikes}).spikes["h"]
        for m, s in ((0, 0), (None, 0), (None, 0), (None, 1))
    ]
    assert np.array_equal(runs[1], runs[2])
    assert not np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[1], runs[3])


def test_batch_does_not_matter_and_silence_stays_silent(analog_chip):
    quantized = quantize(four_weights(1), analog_chip)
    spikes = np.random.default_rng(0).poisson(0.2, (40, 5, 8)).astype(np.uint8)
    spikes[:, 4] = 0
    together = run_on_chip(quantized, {"in": spikes}).spikes["g"]
    alone = run_on_chip(quantized, {"in": spikes[:, 2:3]}).spikes["g"]
    assert together[:, 2].any()
    assert np.array_equal(together[:, 2:3], alone)
    assert not together[:, 4].any()


def test_future_input_changes_nothing_before_it(analog_chip):
    quantized = quantize(four_weights(2), analog_chip)
    spikes = np.random.default_rng(0).poisson(0.2, (40, 2, 8)).astype(np.uint8)
    changed = spikes.copy()
    changed[25:] += 1
    before, after = (run_on_chip(quantized, {"in": x}).spikes["g"] for x in (spikes, changed))
    assert np.array_equal(before[:25], after[:25])
    assert not np.array_equal(before, after)


def test_bias_above_threshold_makes_spikes_by_itself(analog_chip):
    graph = NetworkGraph(
        (Population("in", 1, "input"), Population("h", 1, "lif", decay=0.5, bias=0.7)),
        (Projection.from_dense("in", "h", [[0.1]]),),
        dt=1e-3,
    )
    fired = run_on_chip(
        quantize(graph, analog_chip, mismatch=0), {"in": np.zeros((30, 1, 1), np.uint8)}
    ).spikes["h"]
    # v = 1.4 (1 - 2^-t) reaches 1 V after log2(3.5) = 1.807 steps; held for 0.9 steps after that.
    assert fired.sum() == int((30 + 0.9) / (np.log2(3.5) + 0.9))
    assert fired[1, 0, 0] == 1
    assert fired[0, 0, 0] == 0
