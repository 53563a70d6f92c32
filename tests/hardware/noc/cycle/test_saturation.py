"""Where a mesh saturates: no link carries more than one flit per cycle, and hardly less."""

import numpy as np
import pytest

from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.cycle import Deliveries, Messages, mesh_fabric, simulate
from polychrony.hardware.noc.synthetic import synthetic_packets
from polychrony.hardware.router import Router

CYCLES, WARMUP = 5000, 2000
# With rows first, 7 nodes of an 8x8 mesh send over the link at the corner of the transpose.
TRANSPOSE = 1 / 7
# 4 of 64 nodes take in one flit per cycle each.
HOTSPOT = 4 / 64


def run(traffic: str, rate: float) -> Deliveries:
    p = synthetic_packets(Mesh(8, 8), traffic, rate, CYCLES, seed=2)
    messages = Messages.unicast(p.time, p.source, p.target, p.flits)
    return simulate(mesh_fabric(Mesh(8, 8), Router()), messages, max_cycles=CYCLES, warmup=WARMUP)


def throughput(got: Deliveries) -> float:
    return float((got.received >= WARMUP).sum()) / (CYCLES - WARMUP) / 64


def busiest(got: Deliveries) -> float:
    return float(got.link_flits.max()) / (CYCLES - WARMUP)


@pytest.mark.parametrize(
    ("traffic", "bound"), [("transpose", TRANSPOSE), ("hotspot:0,27,36,63", HOTSPOT)]
)
def test_just_below_its_bound_a_mesh_carries_everything(traffic: str, bound: float) -> None:
    got = run(traffic, 0.92 * bound)
    created = (got.generated >= WARMUP).sum() / (CYCLES - WARMUP) / 64
    assert throughput(got) == pytest.approx(created, rel=0.01)
    assert throughput(got) > 0.9 * bound
    waiting = (got.received < 0) & (got.generated < CYCLES - 200)
    assert not waiting.any()


def test_hotspots_take_in_no_more_than_their_links_carry() -> None:
    got = run("hotspot:0,27,36,63", 0.1)
    assert 0.95 * HOTSPOT < throughput(got) <= HOTSPOT


def test_above_its_bound_the_busiest_link_of_a_transpose_never_rests() -> None:
    got = run("transpose", 1.15 * TRANSPOSE)
    assert 0.97 < busiest(got) <= 1.0
    waiting = (got.received < 0) & (got.generated < CYCLES - 200)
    assert waiting.any()
    # Only those wait whose way leads over links that 7 nodes share or nearly so.
    assert waiting.sum() < 0.2 * len(got.received)


def test_loads_of_links_are_those_of_the_ways_and_are_counted_from_the_warmup_on() -> None:
    times = np.arange(0, 1000, 10)
    messages = Messages.unicast(times, np.zeros(100, int), np.full(100, 3))
    fabric = mesh_fabric(Mesh(4, 1), Router())
    got = simulate(fabric, messages, max_cycles=1010, warmup=500)
    # A flit is granted its first link 2 cycles after its creation, each further one 3 later.
    east = got.link_flits[:, 0]
    assert east.tolist() == [50, 50, 50, 0]
    assert got.link_flits[3, 4] == 51
    # Each leaves a buffer in the cycle in which it enters.
    assert got.buffer_mean.max() == 0.0
    assert got.buffer_peak.max() == 1


def test_a_buffer_behind_a_slow_link_fills_and_its_load_is_the_waiting_time() -> None:
    router = Router(pipeline="asynchronous", cycles_per_flit=10, buffer_flits=16)
    fabric = mesh_fabric(Mesh(2, 1), router)
    got = simulate(fabric, Messages.unicast([0] * 5, [0] * 5, [1] * 5), max_cycles=100)
    # They enter in cycles 0 to 4 and leave in cycles 0, 10, 20, 30, 40.
    assert got.buffer_mean[0, 4, 0] == pytest.approx((9 + 18 + 27 + 36) / 100)
    assert got.buffer_peak[0, 4, 0] == 4
    assert got.received.tolist() == [1, 11, 21, 31, 41]
