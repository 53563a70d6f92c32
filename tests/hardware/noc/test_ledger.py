from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polychrony.hardware.chips.loihi import DAVIES2018
from polychrony.hardware.errors import HardwareError, UnknownQuantityError
from polychrony.hardware.noc import Ledger, count_work, step_latency
from polychrony.hardware.report import CostReport
from polychrony.snn.activity import Activity


def part(run: Activity, samples: slice) -> Activity:
    return Activity(run.dt, {name: s[:, samples] for name, s in run.spikes.items()})


def report_of(routes, *runs: Activity, static: bool = False, profile=DAVIES2018) -> CostReport:
    ledger = Ledger(routes, profile, static=static)
    for run in runs:
        ledger.record(run)
    return ledger.report()


def test_cores_and_host_sum_to_the_total(split, split_run):
    report = report_of(split, split_run)
    total = report.energy_per_inference_J["total"]
    assert sum(c.energy_per_inference_J for c in report.per_core) == pytest.approx(total)
    assert sum(report.per_population.values()) == pytest.approx(total)
    components = {k: v for k, v in report.energy_per_inference_J.items() if k != "total"}
    assert sum(components.values()) == pytest.approx(total)
    assert all(c.energy_per_inference_J > 0 for c in report.per_core)


def test_batches_add_up_to_the_whole(split, split_run):
    whole = report_of(split, split_run)
    pieces = report_of(split, *(part(split_run, slice(k, k + 3)) for k in (0, 3, 6)))
    assert pieces.n_samples == whole.n_samples == 7
    assert pieces.energy_per_inference_J == pytest.approx(whole.energy_per_inference_J)
    assert pieces.latency_percentiles_s == pytest.approx(whole.latency_percentiles_s)
    assert pieces.spikes_per_inference == whole.spikes_per_inference


def test_latency_of_an_inference_is_the_sum_of_its_steps(split, split_run):
    report = report_of(split, split_run)
    steps = step_latency(count_work(split, split_run), split, split_run, DAVIES2018)
    assert report.latency_per_inference_s == pytest.approx(steps.sum(axis=0).mean())
    assert report.latency_percentiles_s["100"] == pytest.approx(steps.sum(axis=0).max())
    assert report.step_latency_max_s == steps.max()
    assert report.steps_per_s == pytest.approx(1 / steps.mean())
    assert report.steps_longer_than_dt == 0
    assert report.steps_per_inference == 20


def test_steps_that_outlast_real_time_are_counted(pair, pair_run):
    graph = replace(pair.mapping.graph, dt=130e-9)
    hurried = replace(pair, mapping=replace(pair.mapping, graph=graph))
    report = report_of(hurried, replace(pair_run, dt=130e-9))
    assert report.steps_longer_than_dt == pytest.approx(2 / 3)


def test_events_per_inference(pair, pair_run):
    report = report_of(pair, pair_run)
    assert report.spikes_per_inference == {"in": 3.0, "a": 1.0, "b": 0.0}
    assert report.synaptic_ops_per_inference == 6.0
    assert report.messages_per_inference == 5.0
    assert report.hops_east_west_per_inference == 3.0
    assert report.hops_north_south_per_inference == 2.0


def test_static_energy_is_a_component_of_its_own_and_only_on_request(split, split_run):
    without, with_it = (report_of(split, split_run, static=static) for static in (False, True))
    assert "static" not in without.energy_per_inference_J
    static = with_it.energy_per_inference_J["static"]
    assert static == pytest.approx(0.104 * with_it.latency_per_inference_s)
    total = without.energy_per_inference_J["total"] + static
    assert with_it.energy_per_inference_J["total"] == pytest.approx(total)


def test_unknown_static_power_refuses():
    unknown = replace(DAVIES2018, static_power=replace(DAVIES2018.static_power, value=None))
    with pytest.raises(UnknownQuantityError, match="static power is unknown"):
        Ledger(None, unknown, static=True)


def test_nothing_recorded_is_no_report(split, split_run):
    with pytest.raises(HardwareError, match="nothing has been recorded"):
        report_of(split, part(split_run, slice(0, 0)))


def test_input_rule_moves_updates_between_components(split, split_run):
    spike = report_of(split, split_run).energy_per_inference_J
    by_input = report_of(split, split_run, profile=replace(DAVIES2018, active_when="input"))
    energy = by_input.energy_per_inference_J
    assert energy["neuron_active"] != spike["neuron_active"]
    updates = [e["neuron_active"] / 81 + e["neuron_inactive"] / 52 for e in (spike, energy)]
    assert np.isclose(*updates)
