"""Latency by sums of hops, M/D/1 and queues, against the simulation flit by flit.

`python -m benchmarks.noc_modes` prints the tables of docs/network-on-chip.md. They hold no times
and are the same on every machine.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

import numpy as np

from benchmarks.cli import Parser, guarded
from benchmarks.tables import markdown
from polychrony.hardware import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.measure import Measured, measure_recorded, measure_synthetic
from polychrony.hardware.noc.packets import Packets
from polychrony.hardware.noc.queueing import queueing_latency
from polychrony.hardware.noc.synthetic import synthetic_packets
from polychrony.hardware.router import Router

MESH, ROUTER = Mesh(8, 8), Router()
CYCLES, WARMUP, SEED = 20000, 3000, 1
LOADS = (
    ("uniform", 1, (0.02, 0.1, 0.2, 0.3, 0.35)),
    ("uniform", 4, (0.1, 0.2, 0.3)),
    ("transpose", 1, (0.05, 0.1, 0.13)),
    ("hotspot:0,27,36,63", 1, (0.02, 0.04, 0.05, 0.06)),
)
BURSTS = (1, 4, 16, 64)
MODES = ("analytic", "queueing", "cycle")


def loads_table() -> str:
    """Mean latency under steady traffic."""
    rows = [_load_row(traffic, flits, rate) for traffic, flits, rates in LOADS for rate in rates]
    head = ["traffic", "flits", "load", "`cycle`, cycles", "`analytic`", "M/D/1", "`queueing`"]
    return markdown(head, rows)


def bursts_table() -> str:
    """Mean latency, and that of the last packet, if all nodes send at once."""
    rows = []
    for count in BURSTS:
        packets = burst(count)
        found = [measure_recorded(MESH, ROUTER, packets, mode=mode) for mode in MODES]
        *guesses, exact = [_mean_and_last(each) for each in found]
        errors = [_error(guess[i], exact[i]) for i in (0, 1) for guess in guesses]
        rows.append([str(count), f"{exact[0]:.1f}", *errors[:2], f"{exact[1]:.0f}", *errors[2:]])
    head = ["packets", "mean by `cycle`", "`analytic`", "`queueing`"]
    return markdown([*head, "last by `cycle`", "`analytic`", "`queueing`"], rows)


def burst(count: int) -> Packets:
    """So many packets from each node in cycle 0, each to a node drawn at random."""
    source = np.repeat(np.arange(MESH.n_tiles, dtype=np.int32), count)
    target = np.random.default_rng(SEED).integers(MESH.n_tiles, size=len(source), dtype=np.int32)
    return Packets(np.zeros(len(source), np.int64), source, target, np.ones_like(source))


def _load_row(traffic: str, flits: int, rate: float) -> list[str]:
    measure = partial(
        measure_synthetic,
        MESH,
        ROUTER,
        traffic,
        rate,
        cycles=CYCLES,
        warmup=WARMUP,
        packet_flits=flits,
        seed=SEED,
    )
    analytic, queueing, exact = (_mean_and_last(measure(mode=mode))[0] for mode in MODES)
    guesses = (analytic, _waiting(traffic, flits, rate), queueing)
    errors = [_error(guess, exact) for guess in guesses]
    return [traffic, str(flits), f"{rate:g}", f"{exact:.2f}", *errors]


def _waiting(traffic: str, flits: int, rate: float) -> float | None:
    packets = synthetic_packets(MESH, traffic, rate, CYCLES, flits, SEED)
    try:
        return float(queueing_latency(MESH, packets, CYCLES, ROUTER.pipeline).mean())
    except HardwareError:  # a link is offered more than it carries
        return None


def _mean_and_last(measured: Measured) -> tuple[float, float]:
    assert measured.latency_mean is not None and measured.latency_percentiles is not None
    return measured.latency_mean, measured.latency_percentiles["100"]


def _error(guess: float | None, exact: float) -> str:
    return "-" if guess is None else f"{round(100 * (guess / exact - 1), 1) + 0.0:+.1f} %"


def text() -> str:
    """Both tables."""
    return f"{loads_table()}\n\n{bursts_table()}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; exit codes as those of the benchmarks."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded("benchmarks.noc_modes", lambda: _run(words))


def _run(words: list[str]) -> None:
    Parser(prog="python -m benchmarks.noc_modes", description=__doc__).parse_args(words)
    print(text(), end="")


if __name__ == "__main__":
    sys.exit(main())
