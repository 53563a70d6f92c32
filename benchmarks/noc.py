"""Networks on chip: cycles and messages per second of each mode, and memory of a large one.

`python -m benchmarks.noc --booksim FILE --json out.json`
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.booksim import booksim
from benchmarks.cli import Benchmark, main
from benchmarks.harness import Contender, measure, row
from benchmarks.record import Case, Outcome, claim, ratio, table
from benchmarks.resident import grown_in_fresh_process, print_growth
from benchmarks.spike_traffic import spike_traffic
from benchmarks.yardsticks import yardsticks
from polychrony.experiments.errors import UserError
from polychrony.hardware.chips import TRUENORTH
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc import Ledger
from polychrony.hardware.noc.cycle import Deliveries, Messages, mesh_fabric, simulate
from polychrony.hardware.noc.synthetic import synthetic_packets
from polychrony.hardware.router import Router

US, PEER = "polychrony, flit by flit", "BookSim 2"
# Routers on a side, flits per node and cycle, cycles, cycles per second that are claimed.
MESHES = ((8, 0.1, 60_000, 240e3), (64, 0.02, 600, 600.0))
QUICK = ((4, 0.1, 600, 0.0),)
TIMES = 10.0
MESSAGES = {"cycle": 600e3, "analytic": 20e6}
MODES = ("cycle", "queueing", "analytic")
MEGABYTES = 200.0
SAME = 0.02  # share by which mean latencies may differ


def run(options: argparse.Namespace) -> Outcome:
    """Synthetic traffic beside BookSim, spikes in every mode, memory."""
    if options.child:
        _hold_empty_network()
        sys.exit(0)
    meshes = QUICK if options.quick else MESHES
    cases = [_synthetic(options, *mesh) for mesh in meshes]
    return Outcome([*cases, _spikes(options), _memory(options)])


def _synthetic(
    options: argparse.Namespace, side: int, rate: float, cycles: int, claimed: float
) -> Case:
    mesh = Mesh(side, side)
    p = synthetic_packets(mesh, "uniform", rate, cycles, seed=1)
    messages = Messages.unicast(p.time, p.source, p.target, p.flits)
    fabric = mesh_fabric(mesh, Router())
    ours = Contender(
        US, lambda: simulate(fabric, messages, max_cycles=cycles), rate=(cycles, "cycles")
    )
    contenders = [ours, _peer(options, side, rate, cycles, simulate(fabric, messages))]
    measure([*contenders, *yardsticks(options.quick)], options.rounds)
    speed = [_per_second(contender) for contender in contenders]
    claims = [
        claim("cycles per second", speed[0], claimed, at_least=True),
        claim("times as fast as BookSim 2", ratio([speed[0]], [speed[1]]), TIMES, at_least=True),
    ]
    note = "One thread; packets of one flit, made beforehand for us and on the way by BookSim."
    name = f"{side}x{side}, uniform, {rate:g} flits per node and cycle"
    return Case(name, table(contenders), [] if options.quick else claims, [note])


def _per_second(contender: Contender) -> float | None:
    return contender.row().get("rate", {}).get("value")


def _peer(
    options: argparse.Namespace, side: int, rate: float, cycles: int, ours: Deliveries
) -> Contender:
    if options.booksim is None:
        return Contender(PEER, None, reason="name its executable with --booksim")
    turn = booksim(options.booksim, side, rate, cycles // 6)
    done, latency = turn()
    if abs(ours.latency.mean() / latency - 1) > SAME:
        raise UserError(
            f"mean latencies {ours.latency.mean()} and {latency} differ; none was timed"
        )
    detail = f"mean latency {latency:.2f} cycles; ours {ours.latency.mean():.2f}"
    return Contender(PEER, turn, detail, rate=(done, "cycles"))


def _spikes(options: argparse.Namespace) -> Case:
    routes, activity, costs = spike_traffic(TRUENORTH, options.quick)
    contenders, count = [], 0

    def turn(mode: str) -> Any:
        ledger = Ledger(routes, costs, noc=mode)
        ledger.record(activity)
        return ledger.report()

    for mode in MODES:
        found = turn(mode).messages_per_inference * activity.batch_size
        if count and found != count:
            raise UserError(f"{mode} counts {found} messages, not {count}; nothing was timed")
        count = round(found)
        contenders.append(Contender(mode, partial(turn, mode), rate=(count, "messages")))
    measure([*contenders, *yardsticks(options.quick)], options.rounds)
    claims = [
        claim(f"messages per second, {each.name}", _per_second(each), MESSAGES[each.name], True)
        for each in contenders
        if each.name in MESSAGES
    ]
    notes = [
        f"{count} messages of {activity.n_steps} steps and {activity.batch_size} samples of a "
        f"network of 1024 neurons on {routes.mapping.n_cores} cores of TrueNorth, with the whole "
        "account of energy and latency."
    ]
    return Case("spikes of 1024 neurons", table(contenders), [] if options.quick else claims, notes)


def _memory(options: argparse.Namespace) -> Case:
    command = ["-m", "benchmarks.noc", "--child", *(["--quick"] if options.quick else [])]
    grown = [grown_in_fresh_process(command) for _ in range(1 if options.quick else 3)]
    rows = [row("64x64 routers, without a flit", [each / 1e6 for each in grown], "MB")]
    claims = [claim("MB of an empty TrueNorth", float(np.median(grown)) / 1e6, MEGABYTES, False)]
    note = "Resident memory over what Python and its libraries hold, after a run without messages."
    return Case("memory of a network on chip", rows, [] if options.quick else claims, [note])


def _hold_empty_network() -> None:
    """Compile, then print by how many bytes a run on a full TrueNorth lets the process grow."""
    nothing = np.empty(0, np.int64)
    none = Messages.unicast(nothing, nothing, nothing)
    simulate(mesh_fabric(Mesh(2, 2), TRUENORTH.router), none)
    chip = TRUENORTH
    print_growth(lambda: simulate(mesh_fabric(chip.mesh, chip.router, chip.cores_per_tile), none))


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--booksim", type=Path, metavar="FILE", help="its executable")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)


BENCHMARK = Benchmark("noc", "Networks on chip", run, add_options=_options)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
