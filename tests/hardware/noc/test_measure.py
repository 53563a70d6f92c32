"""Latency and throughput of a mesh under traffic."""

from __future__ import annotations

import numpy as np
import pytest

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.measure import measure_recorded, measure_synthetic
from polychrony.hardware.noc.modes import MODES
from polychrony.hardware.noc.packets import Packets
from polychrony.hardware.router import Router

MESH = Mesh(4, 4)
WINDOW = {"cycles": 1000, "warmup": 100}


def recorded(rows: list[tuple[int, int, int, int]]) -> Packets:
    time, source, target, flits = np.array(rows, np.int64).reshape(-1, 4).T.copy()
    return Packets(time, *(column.astype(np.int32) for column in (source, target, flits)))


@pytest.mark.parametrize("mode", MODES)
def test_packets_that_do_not_meet_take_the_latency_of_the_pipeline(mode: str) -> None:
    packets = recorded([(0, 0, 15, 1), (100, 0, 15, 4), (200, 3, 3, 1), (300, 2, 1, 1)])
    for pipeline, latency in (("speculative", [23, 26, 5, 8]), ("plain", [37, 40, 7, 12])):
        got = measure_recorded(MESH, Router(pipeline=pipeline), packets, mode=mode)
        assert got.latency_mean == np.mean(latency)
        assert got.latency_percentiles["100"] == max(latency)
        assert got.hops_mean == (6 + 6 + 0 + 1) / 4
        assert (got.packets, got.delivered_fraction, got.saturated) == (4, 1.0, None)
        assert got.cycles == 300 + latency[-1] + 1
        assert got.flits == 7
        assert got.throughput == got.offered == pytest.approx(7 / (16 * got.cycles))


def test_only_packets_created_in_the_window_are_measured() -> None:
    packets = recorded([(0, 0, 15, 1), (100, 0, 1, 1), (200, 0, 2, 1), (300, 0, 15, 1)])
    got = measure_recorded(MESH, Router(), packets, warmup=100, cycles=300)
    assert (got.packets, got.latency_mean) == (2, (8 + 11) / 2)
    assert got.throughput == 2 / (16 * 200)
    assert got.flits == 4


def test_below_saturation_all_arrive_and_the_throughput_is_what_is_offered() -> None:
    got = measure_synthetic(MESH, Router(), "uniform", 0.1, cycles=8000, warmup=500, seed=1)
    assert got.delivered_fraction == 1.0 and got.saturated is False
    assert got.offered == pytest.approx(0.1, rel=0.05)
    assert got.throughput == pytest.approx(got.offered, rel=0.01)
    assert got.hops_mean == pytest.approx(2.5, rel=0.03)
    assert got.latency_mean == pytest.approx(3 * 2.5 + 5, rel=0.05)


def test_transpose_carries_no_more_than_its_busiest_link() -> None:
    # On 4x4 three nodes of a row share its link to the column on the diagonal: 1/3 each.
    over = measure_synthetic(MESH, Router(), "transpose", 0.5, cycles=3000, warmup=500)
    assert over.saturated is True
    # Those 4 on the diagonal, and the pairs one off it, have links of their own.
    assert over.throughput < 0.5 * 0.95
    assert over.offered == pytest.approx(0.5, rel=0.05)
    under = measure_synthetic(MESH, Router(), "transpose", 0.3, cycles=3000, warmup=500)
    assert under.saturated is False


def test_a_network_that_cannot_drain_says_what_share_arrived() -> None:
    got = measure_synthetic(MESH, Router(), "hotspot:0", 0.5, **WINDOW)
    # One node takes in a flit per cycle, of the eight that are offered; the run is 1900 cycles.
    assert got.saturated is True
    assert got.cycles == 1900
    assert got.delivered_fraction < 0.3
    assert got.throughput == pytest.approx(1 / 16, rel=0.01)


def test_a_window_shorter_than_a_way_does_not_make_a_network_saturated() -> None:
    got = measure_synthetic(Mesh(60, 1), Router(), "uniform", 0.01, cycles=40, warmup=10)
    assert got.delivered_fraction == 1.0 and got.saturated is False
    assert got.latency_mean > 30


@pytest.mark.parametrize("mode", MODES)
def test_without_packets_there_is_no_latency(mode: str) -> None:
    got = measure_synthetic(MESH, Router(), "uniform", 0.0, mode=mode, **WINDOW)
    assert got.latency_mean is got.latency_percentiles is got.hops_mean is None
    assert got.delivered_fraction is None
    assert (got.packets, got.throughput, got.cycles, got.saturated) == (0, 0.0, 0, False)


def test_same_seed_same_result() -> None:
    one, two, other = (
        measure_synthetic(MESH, Router(), "uniform", 0.3, seed=seed, **WINDOW) for seed in (1, 1, 2)
    )
    assert one.latency_mean == two.latency_mean != other.latency_mean


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(HardwareError, match="warmup 10 and cycles 10"):
        measure_synthetic(MESH, Router(), cycles=10, warmup=10)
    with pytest.raises(HardwareError, match="'exact', allowed are analytic, queueing, cycle"):
        measure_recorded(MESH, Router(), recorded([(0, 0, 1, 1)]), mode="exact")
    with pytest.raises(HardwareError, match="target 16 is no endpoint"):
        measure_recorded(MESH, Router(), recorded([(0, 0, 16, 1)]))
