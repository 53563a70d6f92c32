"""Latency without simulating cycles."""

from __future__ import annotations

import numpy as np
import pytest

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.packets import Packets
from polychrony.hardware.noc.queueing import analytic_latency, queueing_latency
from polychrony.hardware.noc.synthetic import synthetic_packets


def packets_of(source: list[int], target: list[int], flits: int = 1) -> Packets:
    nodes = [np.array(n, np.int32) for n in (source, target)]
    return Packets(np.arange(len(source)), *nodes, np.full(len(source), flits, np.int32))


@pytest.mark.parametrize(
    ("pipeline", "per_hop", "constant"),
    [("speculative", 3, 5), ("plain", 5, 7), ("asynchronous", 1, 0)],
)
def test_zero_load_of_all_pairs(pipeline: str, per_hop: int, constant: int) -> None:
    mesh = Mesh(3, 2)
    source, target = (a.ravel() for a in np.meshgrid(np.arange(6), np.arange(6)))
    hops = sum(mesh.hops(source, target))
    packets = packets_of(list(source), list(target), flits=4)
    assert (analytic_latency(mesh, packets, pipeline) == per_hop * hops + constant + 3).all()


def test_waiting_by_hand() -> None:
    # Row of three: node 0 to 2 ten times, 1 to 2 ten times, in 40 cycles of one-flit packets.
    packets = packets_of([0] * 10 + [1] * 10, [2] * 20)
    latency = queueing_latency(Mesh(3, 1), packets, 40)
    first, shared = 0.25 / 1.5, 0.5 / 1.0
    assert latency[0] == pytest.approx(11 + first + 2 * shared)
    assert latency[-1] == pytest.approx(8 + 2 * shared)


def test_without_load_both_agree() -> None:
    packets = synthetic_packets(Mesh(4, 4), "uniform", 0.1, 50)
    latency = queueing_latency(Mesh(4, 4), packets, 10**12)
    assert latency == pytest.approx(analytic_latency(Mesh(4, 4), packets), abs=1e-6)


def test_saturated_link_is_refused() -> None:
    with pytest.raises(HardwareError, match=r"tile 0 is offered 1 flits"):
        queueing_latency(Mesh(2, 1), packets_of([0] * 10, [1] * 10), 10)


def test_unknown_pipeline_and_node_are_refused() -> None:
    with pytest.raises(HardwareError, match="speculative, plain, asynchronous"):
        analytic_latency(Mesh(2, 1), packets_of([0], [1]), "fast")
    with pytest.raises(HardwareError, match="target"):
        analytic_latency(Mesh(2, 1), packets_of([0], [2]))
