from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips.loihi import DAVIES2018
from polychrony.hardware.noc import count_work, step_latency
from polychrony.hardware.noc.latency import message_latency
from polychrony.hardware.quantity import Quantity
from polychrony.snn.activity import Activity

BARRIER_2_TILES_NS = 113 + (465 - 113) / 31


def test_spike_over_3_east_west_and_2_north_south_hops_takes_25_3_ns(pair, pair_run):
    slowest = message_latency(pair, pair_run, DAVIES2018)
    assert slowest[:, 0] == pytest.approx([0, 2.1e-9, 25.3e-9])


def test_steps_by_hand_with_davies2018_table_2(pair, pair_run):
    """t = max(busiest core, slowest message) + barrier, from D18 Table 2."""
    steps = step_latency(count_work(pair, pair_run), pair, pair_run, DAVIES2018)
    expected_ns = [
        5.3,  # every core updates one inactive neuron
        3 * 3.5 + 5.3,  # three events at a
        25.3,  # the message outlasts the cores (2 * 3.5 + 5.3 = 12.3)
    ]
    assert steps[:, 0] == pytest.approx(np.add(expected_ns, BARRIER_2_TILES_NS) * 1e-9)


def test_known_axon_costs_count(pair, pair_run):
    slow = replace(
        DAVIES2018.synapse, latency=Quantity(100.0, "ns", "a test", "assumed", voltage=0.75)
    )
    profile = replace(DAVIES2018, axon_in=slow, axon_out=slow)
    steps = step_latency(count_work(pair, pair_run), pair, pair_run, profile)
    # Step 1: three messages into a. Step 2: a sends two, and takes the active update.
    expected_ns = [5.3, 3 * 100 + 3 * 3.5 + 5.3, 2 * 100 + 8.4]
    assert steps[:, 0] == pytest.approx(np.add(expected_ns, BARRIER_2_TILES_NS) * 1e-9)


def test_more_spikes_never_take_less_time(split, split_run):
    more = Activity(
        split_run.dt, {**split_run.spikes, "in": split_run.spikes["in"] + 1}, split_run.potentials
    )
    few, many = (
        step_latency(count_work(split, run), split, run, DAVIES2018) for run in (split_run, more)
    )
    assert (many >= few).all()
    assert (many > few).any()


def test_samples_do_not_share_their_time(split, split_run):
    alone = Activity(split_run.dt, {k: s[:, 2:3] for k, s in split_run.spikes.items()})
    whole = step_latency(count_work(split, split_run), split, split_run, DAVIES2018)
    single = step_latency(count_work(split, alone), split, alone, DAVIES2018)
    assert np.array_equal(whole[:, 2:3], single)
