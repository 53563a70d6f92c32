"""`polychrony noc`: latency and throughput of a network on chip under traffic."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from polychrony.experiments.errors import UserError
from polychrony.experiments.machine import command, library_versions, machine
from polychrony.experiments.tables import listing, percent, say
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.measure import Measured, measure_recorded, measure_synthetic
from polychrony.hardware.noc.trace import MOST_FLITS, read_trace
from polychrony.hardware.router import Pipeline, Router

MOST_PER_SIDE, MOST_BUFFER = 1024, 65_536
MOST_CYCLES, MOST_PACKETS = 10**12, 10**8  # all packets are in memory at once
_SYNTHETIC = ("--traffic", "--rate", "--packet-flits", "--seed")


@dataclass(frozen=True)
class NocOptions:
    """A network on chip and what it is to carry.

    Args:
        mesh: columns and rows, as `8x8`.
        traffic: see `synthetic_packets`, as are the next two and the seed.
        rate: offered load in flits per node and cycle.
        packet_flits: flits of each packet.
        vcs: virtual channels of each link.
        buffer: flits that each input buffer holds, per virtual channel.
        pipeline: pipeline of the routers.
        cycles: cycle in which the measured window ends.
        warmup: cycle in which it begins.
        seed: seed of the random draws.
        trace: file of recorded packets, instead of synthetic traffic.
        mode: how waiting is treated.
        given: options that were asked for by name, as `--rate`: those of synthetic traffic are
            refused with a trace, and only then does the window of a trace differ from all of it.
    """

    mesh: str = "8x8"
    traffic: str = "uniform"
    rate: float = 0.1
    packet_flits: int = 1
    vcs: int = 1
    buffer: int = 8
    pipeline: Pipeline = "speculative"
    cycles: int = 20000
    warmup: int = 3000
    seed: int = 0
    trace: Path | None = None
    mode: Literal["analytic", "queueing", "cycle"] = "cycle"
    given: Collection[str] = ()


def noc(options: NocOptions, console: Console) -> dict[str, Any]:
    """Measure the traffic that the options ask for.

    Args:
        options: network and traffic.
        console: where progress and results go.

    Returns:
        Options, latency and throughput, every number with its unit in the key.

    Raises:
        UserError: an option is out of its range, or belongs to other traffic.
        HardwareError: the traffic does not fit the mesh, or the trace cannot be read.
    """
    mesh = _mesh(options.mesh)
    if options.buffer > MOST_BUFFER:
        raise UserError(f"--buffer is {options.buffer}; it must be {MOST_BUFFER:,} or below")
    router = Router(
        pipeline=options.pipeline, virtual_channels=options.vcs, buffer_flits=options.buffer
    )
    asked, measured = (_recorded if options.trace else _synthetic)(options, mesh, router, console)
    result = {
        "mode": options.mode,
        "mesh": f"{mesh.columns}x{mesh.rows}",
        "virtual_channels": options.vcs,
        "buffer_flits": options.buffer,
        "pipeline": options.pipeline,
        **asked,
        **_numbers(measured),
        "command": command(),
        "machine": machine(),
        "versions": library_versions(),
    }
    console.print(_table(result))
    return result


def _mesh(text: str) -> Mesh:
    match = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", text)
    sides = [int(side) for side in match.groups()] if match else [0]
    if not all(1 <= side <= MOST_PER_SIDE for side in sides):
        raise UserError(
            f"--mesh is '{text}'; write columns x rows as in 8x8, each from 1 to {MOST_PER_SIDE}"
        )
    return Mesh(*sides)


def _synthetic(
    options: NocOptions, mesh: Mesh, router: Router, console: Console
) -> tuple[dict[str, Any], Measured]:
    if not 0 <= options.rate <= 1:
        raise UserError(f"--rate is {options.rate}; allowed are 0 to 1 flits per node and cycle")
    _within(1, MOST_FLITS, "--packet-flits", options.packet_flits)
    _at_least(0, "--seed", options.seed)
    _check_window(options.cycles, options.warmup)
    packets = options.rate / options.packet_flits * mesh.n_tiles * options.cycles
    if packets > MOST_PACKETS:
        raise UserError(
            f"--rate {options.rate:g} for --cycles {options.cycles:,} on {mesh.n_tiles:,} nodes is "
            f"about {packets:.3g} packets; {MOST_PACKETS:,} are allowed: lower one of them"
        )
    _announce(console, mesh, f"{options.cycles:,} cycles of {options.traffic} traffic")
    measured = measure_synthetic(
        mesh,
        router,
        options.traffic,
        options.rate,
        cycles=options.cycles,
        warmup=options.warmup,
        packet_flits=options.packet_flits,
        seed=options.seed,
        mode=options.mode,
    )
    asked = {
        "traffic": options.traffic,
        "rate_flits_per_node_cycle": options.rate,
        "packet_flits": options.packet_flits,
        "seed": options.seed,
    }
    return asked | _window(options.cycles, options.warmup), measured


def _recorded(
    options: NocOptions, mesh: Mesh, router: Router, console: Console
) -> tuple[dict[str, Any], Measured]:
    for option in _SYNTHETIC:
        if option in options.given:
            raise UserError(
                f"{option} is for synthetic traffic: leave it out, or leave out --trace"
            )
    assert options.trace is not None
    packets = read_trace(options.trace, mesh.n_tiles)
    last = int(packets.time.max(initial=0)) + 1
    cycles = options.cycles if "--cycles" in options.given else None
    warmup = options.warmup if "--warmup" in options.given else 0
    _check_window(last if cycles is None else cycles, warmup)
    _announce(console, mesh, f"{len(packets.time):,} packets of {options.trace}")
    measured = measure_recorded(
        mesh, router, packets, cycles=cycles, warmup=warmup, mode=options.mode
    )
    end = max(measured.cycles, last) if cycles is None else cycles
    return {"trace": str(options.trace)} | _window(end, warmup), measured


def _at_least(least: int, option: str, value: int) -> None:
    if value < least:
        raise UserError(f"{option} is {value}; it must be {least} or above")


def _within(least: int, most: int, option: str, value: int) -> None:
    if not least <= value <= most:
        raise UserError(f"{option} is {value}; it must be from {least} to {most:,}")


def _check_window(cycles: int, warmup: int) -> None:
    _at_least(1, "--cycles", cycles)
    if cycles > MOST_CYCLES:
        raise UserError(f"--cycles is {cycles:,}; it must be {MOST_CYCLES:,} or below")
    _at_least(0, "--warmup", warmup)
    if warmup >= cycles:
        raise UserError(
            f"--warmup is {warmup} and the window ends at cycle {cycles}: nothing is left to "
            "measure; lower --warmup or raise --cycles"
        )


def _window(cycles: int, warmup: int) -> dict[str, int]:
    return {"warmup_cycles": warmup, "window_end_cycle": cycles}


def _announce(console: Console, mesh: Mesh, what: str) -> None:
    say(console, f"simulating {what} on {mesh.n_tiles:,} routers")


def _numbers(measured: Measured) -> dict[str, Any]:
    return {
        "latency_mean_cycles": measured.latency_mean,
        "latency_percentiles_cycles": measured.latency_percentiles,
        "throughput_flits_per_node_cycle": measured.throughput,
        "offered_flits_per_node_cycle": measured.offered,
        "hops_mean": measured.hops_mean,
        "packets": measured.packets,
        "delivered_fraction": measured.delivered_fraction,
        "saturated": measured.saturated,
        "simulated_cycles": measured.cycles,
        "delivered_flits": measured.flits,
        "simulation_s": measured.seconds,
        "cycles_per_s": measured.cycles / measured.seconds,
        "flits_per_s": measured.flits / measured.seconds,
    }


def _table(result: dict[str, Any]) -> Table:
    latency = "no packet to measure"
    if result["latency_percentiles_cycles"] is not None:
        points = result["latency_percentiles_cycles"].items()
        listed = ", ".join(f"{point} %: {value:.0f}" for point, value in points)
        latency = f"{result['latency_mean_cycles']:.2f} cycles ({listed})"
    rows = {
        "latency": latency,
        "throughput": f"{result['throughput_flits_per_node_cycle']:.4f} flits per node and cycle, "
        f"{result['offered_flits_per_node_cycle']:.4f} offered",
        "packets measured": f"{result['packets']:,}, created in cycles {result['warmup_cycles']:,} "
        f"to {result['window_end_cycle'] - 1:,}",
        "delivered": percent(result["delivered_fraction"]),
        "speed": f"{result['cycles_per_s']:,.0f} cycles/s, {result['flits_per_s']:,.0f} flits/s",
    }
    if result["hops_mean"] is not None:
        rows["hops"] = f"{result['hops_mean']:.2f} links between routers, mean"
    if result["saturated"]:
        rows["saturated"] = "yes: the latency is that of a queue that grows"
    what = result.get("trace", result.get("traffic"))
    return listing(f"{what} on {result['mesh']}, {result['mode']}", rows)
