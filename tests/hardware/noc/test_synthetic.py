"""Synthetic traffic."""

from __future__ import annotations

import numpy as np
import pytest

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.synthetic import synthetic_packets

MESH = Mesh(4, 4)


def test_rate_is_in_flits_per_node_and_cycle() -> None:
    packets = synthetic_packets(MESH, "uniform", 0.4, 4000, packet_flits=4)
    assert packets.flits.sum() / (4000 * 16) == pytest.approx(0.4, rel=0.05)
    assert (np.diff(packets.time) >= 0).all()


def test_uniform_reaches_every_node_itself_included() -> None:
    packets = synthetic_packets(MESH, "uniform", 0.5, 2000)
    assert len(np.unique(packets.source * 16 + packets.target)) == 256


def test_transpose_swaps_column_and_row() -> None:
    packets = synthetic_packets(MESH, "transpose", 0.5, 50)
    assert (packets.target == packets.source % 4 * 4 + packets.source // 4).all()


def test_hotspots_share_alike() -> None:
    packets = synthetic_packets(MESH, "hotspot:0,5", 0.5, 2000)
    assert set(packets.target) == {0, 5}
    assert (packets.target == 0).mean() == pytest.approx(0.5, abs=0.03)


def test_same_seed_same_packets_however_cycles_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = synthetic_packets(MESH, "uniform", 0.2, 100, seed=3)
    monkeypatch.setattr("polychrony.hardware.noc.synthetic.DRAWS", 112)
    cut = synthetic_packets(MESH, "uniform", 0.2, 100, seed=3)
    assert all(np.array_equal(a, b) for a, b in zip(whole, cut, strict=True))
    other = synthetic_packets(MESH, "uniform", 0.2, 100, seed=4)
    assert not np.array_equal(whole.time, other.time)


@pytest.mark.parametrize(
    ("mesh", "traffic", "rate", "word"),
    [
        (Mesh(4, 2), "transpose", 0.1, "square"),
        (MESH, "tornado", 0.1, "tornado"),
        (MESH, "hotspot:", 0.1, "names no tiles"),
        (MESH, "hotspot:16", 0.1, "outside 0 to 15"),
        (MESH, "uniform", 1.5, "rate 1.5"),
        (MESH, "uniform", float("nan"), "rate nan"),
    ],
)
def test_what_cannot_be_is_refused(mesh: Mesh, traffic: str, rate: float, word: str) -> None:
    with pytest.raises(HardwareError, match=word):
        synthetic_packets(mesh, traffic, rate, 10)
