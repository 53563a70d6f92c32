"""Bits by layer: what the sensitivity promises, then neighbours of the best."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.experiments.budgeting.allocation import Allocation, Traffic, cost
from polychrony.experiments.budgeting.search import affordable, neighbours, search
from polychrony.experiments.budgeting.sensitivity import Sensitivity, measure
from polychrony.snn import SpikingNetwork, readout_loss
from polychrony.snn.quantization import deployed, quantize, quantizer_of

TRAFFIC = Traffic((1000, 100), input_bits=1, rates=(0.1, 0.1))
START = Allocation((4, 4), (2,), 3)


def sensitive(first=1.0, last=1.0, spikes=1.0):
    """Loss that halves with every bit."""

    def row(most):
        return tuple(most * (2.0**-bits - 2.0**-8) for bits in range(1, 9))

    return Sensitivity(0.5, (row(first), row(last)), (row(spikes),))


def test_nothing_that_costs_more_is_affordable_and_nothing_else_is_missing():
    limit = cost(START, TRAFFIC)
    found = affordable(1, 3, TRAFFIC, limit)
    assert START in found and Allocation((5, 1), (1,), 3) not in found
    expected = {
        Allocation((a, b), (c,), 3)
        for a in range(1, 9)
        for b in range(1, 9)
        for c in range(1, 9)
        if 3 * (1000 * a + 100 * b * c) <= limit
    }
    assert set(found) == expected


def test_many_layers_take_powers_of_two():
    found = affordable(4, 1, Traffic((1,) * 5, 1, (0.1,) * 5), 1e9)
    assert {bits for each in found for bits in each.weights} == {1, 2, 4, 8}


def test_neighbours_differ_by_one_bit_or_by_one_that_moved():
    found = list(neighbours(START))
    assert len(set(found)) == len(found) == 6 + 6
    for each in found:
        moved = [a - b for a, b in zip(each.weights + each.spikes, (4, 4, 2), strict=True)]
        assert sorted(filter(None, moved)) in ([-1], [1], [-1, 1])
    assert Allocation((9, 8), (8,), 3) not in list(neighbours(Allocation((8, 8), (8,), 3)))


@settings(deadline=None, max_examples=40)
@given(
    trials=st.integers(0, 12),
    first=st.floats(0.01, 10),
    last=st.floats(0.01, 10),
    spikes=st.floats(0.01, 10),
)
def test_what_is_tried_costs_no_more_and_is_new(trials, first, last, spikes):
    asked = []

    def train(allocation):
        asked.append(allocation)
        return -hidden.predict(allocation)

    hidden = sensitive(last, first, spikes)
    tried = {START: -hidden.predict(START)}
    guess = {3: sensitive(first, last, spikes), 6: sensitive(first, last, spikes)}
    limit = cost(START, TRAFFIC)
    found = search(limit, {3: TRAFFIC, 6: TRAFFIC}, guess, tried, trials, train)
    assert list(found) == asked and len(set(asked)) == len(asked) <= trials
    assert all(cost(each, TRAFFIC) <= cost(START, TRAFFIC) for each in asked)
    assert START not in asked
    assert len(asked) == trials  # there are more than that


def test_the_first_half_is_what_the_sensitivity_promises_and_the_rest_refines_the_best():
    guess = sensitive(first=0.01, last=4.0)
    truth = sensitive(first=4.0, last=0.01)
    scores = {}

    def train(allocation):
        scores[allocation] = -truth.predict(allocation)
        return scores[allocation]

    tried = {START: -truth.predict(START)}
    limit = cost(START, TRAFFIC)
    found = list(search(limit, {3: TRAFFIC}, {3: guess}, tried, 12, train))
    able = affordable(1, 3, TRAFFIC, limit)
    promised = sorted(able, key=lambda a: (guess.predict(a), -cost(a, TRAFFIC), a))[:6]
    assert found[:6] == promised
    known = dict(tried)
    for index, each in enumerate(found):
        if index >= 6:
            best = max(known, key=lambda a: (known[a], -cost(a, TRAFFIC)))
            assert each in set(neighbours(best))
        known[each] = scores[each]
    assert max(scores[each] for each in found[6:]) >= max(scores[each] for each in found[:6])


def test_sensitivity_is_the_loss_of_one_layer_with_fewer_bits():
    torch.manual_seed(0)
    made = SpikingNetwork(6, (5,), 3, dt=1e-2, tau_mem=2e-2, max_delay=2)
    quantize(made, 8, 8)
    rows = [
        ((torch.rand(12, 6) < 0.5).float(), torch.tensor(label)) for label in (0, 1, 2, 0, 1, 2)
    ]
    seen = []
    found = measure(made, rows, lambda done, of: seen.append((done, of)))
    assert seen[-1] == (22, 22) and len(seen) == 22
    x, labels = torch.stack([row for row, _ in rows], 1), torch.stack([y for _, y in rows])
    with torch.no_grad():
        whole = float(readout_loss(deployed(made)(x), labels))
    assert found.loss == pytest.approx(whole)
    assert [len(row) for row in (*found.weights, *found.spikes)] == [8, 8, 8]
    assert all(row[-1] == 0 for row in (*found.weights, *found.spikes))
    assert any(abs(change) > 1e-4 for change in found.weights[0])
    assert quantizer_of(made.readout_synapses).grid.bits == 8
    again = Sensitivity.from_dict(json.loads(json.dumps(dataclasses.asdict(found))))
    assert again == found
    assert found.predict(Allocation((3, 8), (8,), 1)) == found.loss + found.weights[0][2]


def test_a_limit_that_leaves_nothing_new_ends_the_search():
    least = Allocation((1, 1), (1,), 3)
    limit = cost(least, TRAFFIC)
    assert search(limit, {3: TRAFFIC}, {3: sensitive()}, {least: 0.5}, 4, lambda _: 0.0) == {}


def test_steps_whose_network_loses_less_are_promised_more():
    worse = Sensitivity(5.0, *dataclasses.astuple(sensitive())[1:])
    guess = {3: worse, 6: sensitive()}
    limit = cost(START, TRAFFIC)
    found = search(limit, {3: TRAFFIC, 6: TRAFFIC}, guess, {START: 0.5}, 2, lambda _: 0.4)
    assert next(iter(found)).steps == 6
