"""Plasticity against sums over pairs of spikes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

TAU_PLUS, TAU_MINUS, A_PLUS, A_MINUS = 17.0, 31.0, 0.011, 0.007
DT, DELAY = 0.125, 1.5


def _rule(sim):
    return sim.SpikePairRule(TAU_PLUS, TAU_MINUS, A_PLUS, A_MINUS)


def _learn(sim, pre, post, dependence, fraction=1.0, weight=0.5, delay=DELAY, duration=300.0):
    """Weights after some trains onto one cell that fires when it is told to (delta synapses)."""
    sim.setup(timestep=DT)
    source = sim.Population(len(pre), sim.SpikeSourceArray(spike_times=list(pre)))
    driver = sim.Population(1, sim.SpikeSourceArray(spike_times=[t - DT for t in post]))
    cell = sim.Population(1, sim.IF_curr_delta(tau_refrac=0.0))
    strong = sim.StaticSynapse(weight=1000.0, delay=DT)
    sim.Projection(driver, cell, sim.AllToAllConnector(), strong, receptor_type="excitatory")
    mechanism = sim.STDPMechanism(
        timing_dependence=_rule(sim),
        weight_dependence=dependence,
        weight=weight,
        delay=delay,
        dendritic_delay_fraction=fraction,
    )
    learning = sim.Projection(
        source, cell, sim.AllToAllConnector(), mechanism, receptor_type="excitatory"
    )
    cell.record("spikes")
    sim.run(duration)
    (train,) = cell.get_data().segments[0].spiketrains
    np.testing.assert_allclose(train.magnitude, post)
    return np.array(learning.get("weight", format="list", with_address=False))


def _by_hand(pre, post, change, fraction, weight, low, high, delay=DELAY):
    """Weight after all pairs in order of time; with a dendritic delay postsynaptic spikes first."""
    axonal = [t + (1 - fraction) * delay for t in pre]
    dendritic = [t + fraction * delay for t in post]
    first = 1 if fraction else -1
    events = sorted([(t, 0, False) for t in dendritic] + [(t, first, True) for t in axonal])
    for t, _, is_pre in events:
        if is_pre:
            trace = sum(np.exp(-(t - s) / TAU_MINUS) for s in dendritic if s < t - 1e-9)
            weight = max(weight - A_MINUS * change("minus", weight) * trace, low)
        else:
            trace = sum(np.exp(-(t - s) / TAU_PLUS) for s in axonal if s < t - 1e-9)
            weight = min(weight + A_PLUS * change("plus", weight) * trace, high)
    return weight


def _trains(seed, n, count):
    rng = np.random.default_rng(seed)
    return [np.unique(np.round(rng.uniform(2, 280, count) / DT) * DT).tolist() for _ in range(n)]


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", ["additive", "multiplicative", "mixed", "powers"])
def test_all_pairs_count_as_by_hand(sim, name, fraction):
    low, high = (0.0, 0.8) if name == "additive" else (0.1, 0.8)
    dependence, change = {
        "additive": (sim.AdditiveWeightDependence(low, high), lambda side, w: high),
        "multiplicative": (
            sim.MultiplicativeWeightDependence(low, high),
            lambda side, w: high - w if side == "plus" else w - low,
        ),
        "mixed": (
            sim.AdditivePotentiationMultiplicativeDepression(low, high),
            lambda side, w: high if side == "plus" else w - low,
        ),
        "powers": (
            sim.GutigWeightDependence(low, high, mu_plus=0.3, mu_minus=0.6),
            lambda side, w: (
                (high - low) ** 0.7 * (high - w) ** 0.3
                if side == "plus"
                else (high - low) ** 0.4 * (w - low) ** 0.6
            ),
        ),
    }[name]
    pre, (post,) = _trains(3, 6, 25), _trains(4, 1, 30)
    found = _learn(sim, pre, post, dependence, fraction)
    expected = [_by_hand(train, post, change, fraction, 0.5, low, high) for train in pre]
    assert np.ptp(found) > 0.001
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("apart", [-40.0, -7.5, -0.125, 0.0, 0.125, 7.5, 40.0])
def test_window_has_both_time_constants_and_both_amplitudes(sim, apart):
    dependence = sim.AdditiveWeightDependence(w_min=0.0, w_max=2.0)
    (found,) = _learn(sim, [[100.0]], [100.0 - DELAY + apart], dependence)
    if apart > 0:
        expected = A_PLUS * 2.0 * np.exp(-apart / TAU_PLUS)
    else:
        expected = -A_MINUS * 2.0 * np.exp(apart / TAU_MINUS) if apart else 0.0
    assert found - 0.5 == pytest.approx(expected, abs=1e-12)


def test_weights_stay_within_their_bounds(sim):
    post = [50.0, 150.0, 250.0]
    dependence = sim.AdditiveWeightDependence(w_min=0.3, w_max=0.53)
    before, after = [[t - 3 for t in post]], [[t + 3 for t in post]]
    assert _learn(sim, before, post, dependence, weight=0.525) == pytest.approx([0.53], abs=1e-15)
    assert _learn(sim, after, post, dependence, weight=0.302) == pytest.approx([0.3], abs=1e-15)


def test_delays_of_single_synapses_shift_the_window(sim):
    delays = [0.125, 1.5, 4.0]
    dependence = sim.AdditiveWeightDependence(0.0, 1.0)
    found = _learn(sim, [[100.0]] * 3, [103.0], dependence, 0.0, delay=[[d] for d in delays])
    gaps = 3.0 - np.array(delays)
    plus, minus = A_PLUS * np.exp(-gaps / TAU_PLUS), -A_MINUS * np.exp(gaps / TAU_MINUS)
    np.testing.assert_allclose(found - 0.5, np.where(gaps > 0, plus, minus))


def test_what_is_transmitted_is_the_learned_weight(sim, signal):
    sim.setup(timestep=DT)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0, 60.0]))
    driver = sim.Population(1, sim.SpikeSourceArray(spike_times=[15.0]))
    cell = sim.Population(1, sim.IF_curr_delta(tau_m=2.0))
    static = sim.StaticSynapse(weight=1000.0, delay=DT)
    sim.Projection(driver, cell, sim.AllToAllConnector(), static, receptor_type="excitatory")
    mechanism = sim.STDPMechanism(
        _rule(sim), sim.AdditiveWeightDependence(0.0, 10.0), weight=4.0, delay=DELAY
    )
    learning = sim.Projection(
        source, cell, sim.AllToAllConnector(), mechanism, receptor_type="excitatory"
    )
    cell.record("v")
    sim.run(80.0)
    v = signal(cell)[:, 0]
    assert v[round((10.0 + DELAY) / DT)] == pytest.approx(-65.0 + 4.0)
    (weight,) = learning.get("weight", format="list", with_address=False)
    assert weight != 4.0
    assert v[round((60.0 + DELAY) / DT)] == pytest.approx(-65.0 + weight)


def test_reset_and_several_runs(sim):
    sim.setup(timestep=DT)
    source = sim.Population(5, sim.SpikeSourceArray(spike_times=_trains(6, 5, 20)))
    cell = sim.Population(2, sim.IF_curr_exp())
    mechanism = sim.STDPMechanism(
        _rule(sim), sim.AdditiveWeightDependence(0.0, 4.0), weight=2.0, delay=DELAY
    )
    learning = sim.Projection(
        source, cell, sim.AllToAllConnector(), mechanism, receptor_type="excitatory"
    )
    sim.run(200.0)
    once = learning.get("weight", format="array")
    sim.reset()
    assert (learning.get("weight", format="array") == 2.0).all()
    for _ in range(8):
        sim.run(25.0)
    np.testing.assert_array_equal(learning.get("weight", format="array"), once)
    assert np.ptp(once) > 0


def test_two_rules_do_not_share_their_parameters(sim):
    sim.setup()
    rules = [
        sim.STDPMechanism(sim.SpikePairRule(tau_plus=tau), sim.AdditiveWeightDependence())
        for tau in (3.0, 5.0)
    ]
    powers = sim.STDPMechanism(sim.SpikePairRule(), sim.GutigWeightDependence())
    found = [rule.native_parameters["tau_plus"].base_value for rule in rules]
    assert found == [3.0, 5.0]
    assert "mu_plus" in powers.translations
    assert not any("mu_plus" in rule.translations for rule in rules)


def test_parameters_are_read_back_and_set(sim):
    sim.setup()
    source = sim.Population(2, sim.SpikeSourcePoisson())
    cell = sim.Population(3, sim.IF_curr_exp())
    mechanism = sim.STDPMechanism(
        _rule(sim), sim.AdditiveWeightDependence(0.0, 0.3), weight=0.1, delay=2.0
    )
    learning = sim.Projection(source, cell, sim.AllToAllConnector(), mechanism)
    expected = {"tau_plus": 17.0, "tau_minus": 31.0, "A_plus": 0.011, "A_minus": 0.007}
    for name, value in {**expected, "w_max": 0.3, "w_min": 0.0, "delay": 2.0}.items():
        assert (learning.get(name, format="array") == value).all(), name
    learning.set(A_plus=0.02, tau_minus=5.0)
    assert (learning.get("A_plus", format="array") == 0.02).all()
    assert (learning.get("tau_minus", format="array") == 5.0).all()


def test_a_missing_part_of_the_rule_is_refused(sim):
    sim.setup()
    parts = [None, sim.SpikePairRule()], [None, sim.AdditiveWeightDependence()]
    for timing, weights in itertools.product(*parts):
        if timing is None or weights is None:
            with pytest.raises(sim.errors.NoModelAvailableError, match="SpikePairRule"):
                sim.STDPMechanism(timing_dependence=timing, weight_dependence=weights)
