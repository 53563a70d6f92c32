from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from polychrony.hardware.chips.loihi import DAVIES2018
from polychrony.hardware.noc import Work, count_work, energy_of
from polychrony.snn.activity import Activity


def work_of(**counts: int) -> Work:
    return Work(*(np.array([counts.get(f.name, 0)]) for f in fields(Work)))


def test_spike_over_3_east_west_and_2_north_south_hops_costs_17_pj():
    energy = energy_of(work_of(hops_east_west=3, hops_north_south=2), DAVIES2018)
    assert sum(float(e.sum()) for e in energy.values()) == pytest.approx(17e-12)


def test_small_example_by_hand_with_davies2018_table_2(pair, pair_run):
    energy = energy_of(count_work(pair, pair_run), DAVIES2018)
    picojoules = {name: float(joules.sum()) * 1e12 for name, joules in energy.items()}
    assert picojoules == pytest.approx(
        {
            "synapse": (3 + 3) * 23.6,
            "neuron_active": 81.0,
            "neuron_inactive": 8 * 52.0,
            "hop_east_west": 3 * 3.0,
            "hop_north_south": 2 * 4.0,
            "within_tile": 4 * 1.7,
        }
    )


@pytest.mark.parametrize(("spikes", "millijoules"), [(667, 1.448), (750, 1.599)])
def test_frady_2020_query_lies_8_9_to_20_2_percent_above_its_measurement(spikes, millijoules):
    """76,800 neurons, 60 steps, fan-out 76,800; 1.33 mJ measured (Frady et al., NICE 2020)."""
    neurons, steps, measured = 76_800, 60, 1.33e-3
    work = work_of(synaptic_ops=spikes * neurons, inactive=neurons * steps)
    total = sum(float(e.sum()) for e in energy_of(work, DAVIES2018).values())
    assert total == pytest.approx(millijoules * 1e-3, abs=1e-6)
    assert 1.0885 < total / measured < 1.2025


def test_unknown_components_are_absent_not_zero(pair, pair_run):
    energy = energy_of(count_work(pair, pair_run), DAVIES2018)
    assert not {"axon_in", "axon_out", "barrier"} & set(energy)


def test_more_spikes_never_cost_less(split, split_run):
    def total(run: Activity) -> np.ndarray:
        energies = energy_of(count_work(split, run), DAVIES2018).values()
        return sum(e.sum(axis=2) for e in energies)

    more = {**split_run.spikes, "hidden": np.ones_like(split_run.spikes["hidden"])}
    assert (total(Activity(split_run.dt, more)) >= total(split_run)).all()
    assert total(Activity(split_run.dt, more)).sum() > total(split_run).sum()
