"""The tables of docs/scaling.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from benchmarks.planning import cosimulation as cosim
from benchmarks.planning.anchors import RUN, read
from benchmarks.planning.fit import durations, predicted
from benchmarks.planning.layers import KINDS, Kind, Run
from benchmarks.planning.measured_processes import GLOBAL_BATCH
from benchmarks.planning.measured_training import layers_of
from benchmarks.planning.memory import memory
from benchmarks.planning.sizes import (
    GPU,
    MACHINE,
    NEURONS,
    Device,
    bytes_of,
    largest_batch,
    network,
)
from benchmarks.planning.work import operations
from benchmarks.tables import markdown, quantity

PLANNED = ((1, 1024), (4, 1024), (16, 1024), (64, 1024), (256, 1024), (1000, 1024))
"""Chips, and neurons of each core."""
SHOWN_LOSSES = (1, 2, 3, 6, 12)
_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"))


def size(value: float) -> str:
    """Bytes with a unit, three digits."""
    factor, unit = next((pair for pair in _SIZES if value >= pair[0]), _SIZES[-1])
    number = value / factor
    return f"{number:,.0f} {unit}" if number >= 100 else f"{number:.3g} {unit}"


def count(value: float) -> str:
    """A large number, three digits."""
    for factor, unit in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= factor:
            return f"{value / factor:.3g}{unit}"
    return f"{value:.3g}"


def took(value: float) -> str:
    """A duration; hours where seconds would be many."""
    return f"{value / 3600:.3g} h" if value >= 7200 else quantity(value, "s")


def processes() -> str:
    """One process and two, with the same samples in a step."""
    rows = []
    for row in read("processes")["rows"]:
        rows.append(
            [
                f"{row['processes']} x {row['threads']}",
                str(GLOBAL_BATCH // row["processes"]),
                quantity(row["seconds"], "s"),
                quantity(row["cpu_seconds"], "s"),
                f"{GLOBAL_BATCH / row['seconds']:.0f}",
                *(f"{row['losses'][step - 1]:.6f}" for step in SHOWN_LOSSES),
            ]
        )
    head = ["processes x threads", "`--batch-size`", "step", "CPU of a process", "samples/s"]
    return markdown([*head, *(f"loss of step {step}" for step in SHOWN_LOSSES)], rows)


def _rates(kind: Kind, rows: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds of each operation, from the anchors of one kind."""
    chosen = [row for row in rows if row["kind"] == kind]
    made = [operations(layers_of(kind, row["width"]), _run(row)) for row in chosen]
    return durations(made, [row["seconds"] for row in chosen])


def _run(row: dict[str, Any]) -> Run:
    return Run(RUN.steps, row["batch"], RUN.max_delay)


def training_anchors() -> str:
    """Memory and time of a step, by the arithmetic and as measured."""
    rows, lines = read("training")["rows"], []
    for row in rows:
        layers, run = layers_of(row["kind"], row["width"]), _run(row)
        found = sum(memory(layers, run).values())
        each = _rates(row["kind"], rows)
        guess = predicted(operations(layers, run), each)
        lines.append(
            [
                KINDS[row["kind"]],
                _shape(row),
                str(row["batch"]),
                size(row["bytes"]),
                size(found),
                f"{found / row['bytes']:.2f}",
                quantity(row["seconds"], "s"),
                f"{guess / row['seconds']:.2f}",
            ]
        )
    head = ["layers", "size", "B", "memory, measured", "predicted", "predicted / measured"]
    return markdown([*head, "CPU time, measured", "predicted / measured"], lines)


def _shape(row: dict[str, Any]) -> str:
    width = row["width"]
    return f"2 x 8 maps of {width} x {width}" if row["kind"] == "conv" else f"2 x {width}"


def terms() -> str:
    """Where the memory of a step goes, in some of the anchors' sizes."""
    uses = ("parameters", "moments", "gradients", "kept", "working")
    lines = []
    for kind, width in (("synapse", 256), ("synapse", 1024), ("axon", 1024), ("conv", 32)):
        parts = memory(layers_of(kind, width), replace(RUN, device="gpu"))  # type: ignore[arg-type]
        row = {"kind": kind, "width": width}
        lines.append([KINDS[kind], _shape(row), *(size(parts.get(use, 0)) for use in uses)])  # type: ignore[index]
    return markdown(["layers", "size", *uses], lines)


def training_plan(kind: Kind) -> str:
    """Sizes from a thousand to ten million neurons."""
    each = _rates(kind, read("training")["rows"])
    lines = []
    for neurons in NEURONS:
        layers = network(kind, neurons)
        weights = sum(layer.synapses for layer in layers)
        line = [f"{neurons:,}", count(weights)]
        for device in (MACHINE, GPU):
            line += _on(layers, device, each)
        lines.append(line)
    head = ["neurons", "weights", *_columns(MACHINE), *_columns(GPU)]
    return markdown(head, lines)


def _columns(device: Device) -> list[str]:
    time = "step, one core" if device.peak is None else "step, at least"
    return [f"{device.name}: B", "memory", time]


def _on(layers: list[Any], device: Device, each: dict[str, float]) -> list[str]:
    batch = largest_batch(layers, RUN, device)
    if not batch:
        needed = bytes_of(layers, replace(RUN, batch=1), device)
        return ["does not fit", f"{size(needed)} with B = 1", "-"]
    run = replace(RUN, batch=batch)
    made = operations(layers, run)
    time = predicted(made, each) if device.peak is None else made["products"] / device.peak
    return [str(batch), size(bytes_of(layers, run, device)), took(time)]


def chip_anchors() -> str:
    """Stages of a co-simulation, as measured; predicted / measured beside each."""
    rows, lines = read("chips")["rows"], []
    each = cosim.rates(rows)
    a_synapse = cosim.bytes_per_synapse(rows)
    for row in rows:
        load = cosim.Load.of(row)
        guess = cosim.seconds(load, each)
        needed = cosim.fixed_bytes(load) + a_synapse * load.synapses
        lines.append(
            [
                *_described(row["chips"], load),
                *(
                    f"{quantity(row['seconds'][stage], 's')} "
                    f"({guess[stage] / row['seconds'][stage]:.2f})"
                    for stage in cosim.STAGES
                ),
                f"{size(row['bytes'])} ({needed / row['bytes']:.2f})",
            ]
        )
    return markdown([*_DESCRIBED, *cosim.STAGES, "memory"], lines)


_DESCRIBED = ["chips", "neurons", "synapses", "events", "messages", "hops"]


def _described(chips: int, load: cosim.Load) -> list[str]:
    told = (load.neurons, load.synapses, load.events, load.messages, load.hops)
    return [str(chips), *map(count, told)]


def chip_plan() -> str:
    """Full chips, by the arithmetic; no row of it was run."""
    rows = read("chips")["rows"]
    each, a_synapse = cosim.rates(rows), cosim.bytes_per_synapse(rows)
    full, level = cosim.Load.of(rows[-1]), cosim.level(rows[-1], each)
    lines = []
    for chips, neurons_per_core in PLANNED:
        load = cosim.scaled(chips, neurons_per_core, full)
        needed = cosim.fixed_bytes(load) + a_synapse * load.synapses
        fits = "yes" if needed <= MACHINE.bytes else "**no**"
        guess = cosim.seconds(load, each)
        lines.append(
            [
                *_described(chips, load),
                *(took(guess[stage] * level[stage]) for stage in cosim.STAGES),
                size(needed),
                fits,
            ]
        )
    return markdown([*_DESCRIBED, *cosim.STAGES, "memory", "in 128 GB"], lines)


def machines() -> str:
    """Where and when the anchors were measured."""
    lines = []
    for name in ("training", "chips", "processes"):
        content = read(name)
        told = content["machine"]
        lines.append(
            [
                f"`{content['command']}`",
                content["date"],
                str(content["commit"]),
                f"{told['processor']}, {told['cores']} cores",
                str(content["versions"]["torch"]),
                str(told["load_at_end"]),
            ]
        )
    return markdown(["command", "date", "commit", "machine", "torch", "load at the end"], lines)


TABLES: dict[str, Callable[[], str]] = {
    "processes": processes,
    "training anchors": training_anchors,
    "terms": terms,
    "synapse": lambda: training_plan("synapse"),
    "axon": lambda: training_plan("axon"),
    "conv": lambda: training_plan("conv"),
    "chip anchors": chip_anchors,
    "chip plan": chip_plan,
    "machines": machines,
}
"""Tables by the names under which the page holds them."""
