"""`polychrony cosim`: a trained run in software and on a modelled chip, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from rich.console import Console
from torch.utils.data import Subset

from polychrony.datasets import collate
from polychrony.experiments.bars import counting
from polychrony.experiments.commands.bit_tables import bit_tables
from polychrony.experiments.commands.chips import record as describe
from polychrony.experiments.commands.learning_tables import learning_tables
from polychrony.experiments.commands.neurobench_tables import neurobench_tables
from polychrony.experiments.errors import UserError
from polychrony.experiments.machine import command, library_versions, machine
from polychrony.experiments.on_chip_rules import describe_rule, parse_rule
from polychrony.experiments.pruning import Prune, Unpruned
from polychrony.experiments.reporting import Outputs
from polychrony.experiments.room import with_room
from polychrony.experiments.subjects import Asked, open_subject
from polychrony.experiments.tables import listing, percent, quantity, say, table
from polychrony.hardware import CosimResult, Recorder, cosimulate, get_chip
from polychrony.hardware.bitbudget.on_chip import check_bits
from polychrony.hardware.loop import Loop

Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class ChipOptions:
    """How a network is put on a chip, and what it is charged.

    Args:
        chip: name of the chip.
        profile: name of its costs; None for the chip's default.
        noc: how the network on chip is treated.
        static: whether to add the chip's static energy.
        relays: whether to build delays from relay neurons; None where the chip has to.
        fan_in: what to do with neurons of too many synapses.
        mismatch: spread between analog circuits, instead of the chip's.
        place: way of placing cores.
        seed: seed of placement and mismatch.
        loop: whether arrivals come back into the network.
        quantize: whether to run in the arithmetic of the chip.
        bit_energy: energy of a bit operation, J, instead of the chip's.
    """

    chip: str = "loihi"
    profile: str | None = None
    noc: str = "analytic"
    static: bool = False
    relays: bool | None = None
    fan_in: Literal["auto", "refuse", "split", "prune"] = "auto"
    mismatch: float | None = None
    place: str = "annealing"
    seed: int = 0
    loop: Loop = field(default_factory=Loop)
    quantize: bool = True
    bit_energy: float | None = None
    neurobench: bool = False


def cosim_run(
    asked: Asked,
    options: ChipOptions,
    console: Console,
    outputs: Outputs | None = None,
    learning: str | None = None,
    prune: Prune | None = None,
) -> dict[str, Any]:
    """Run the test samples of a trained run, or a user's, in software and on a chip.

    Args:
        asked: the network and the samples.
        options: chip, costs, and how the network is made to fit.
        console: where progress and results go.
        outputs: page and pictures to write.
        learning: rule whose cost on the chip is counted beside, see `parse_rule`.
        prune: synapses that go first; none without it.

    Returns:
        Accuracy, agreement, latency and energy, every number with its unit in the key.

    Raises:
        DataError: the spikes are not what they must be.
        UserError: the run is missing or not finished, or a file cannot be written.
        SnnError: a NIR file is not what it must be.
        HardwareError: the network does not fit the chip.
    """
    if not 0 <= options.seed < 2**32:
        raise UserError(f"--seed is {options.seed}; it must lie in [0, 2^32)")
    wanted = outputs or Outputs()
    wanted.check()
    prune = prune or Prune()
    prune.check()
    # Wrong names and missing prices are told before long work.
    get_chip(options.chip).profile(options.profile).require_any_energy()
    options.loop.check(get_chip(options.chip))
    no_bits = check_bits(get_chip(options.chip), options.quantize, options.bit_energy)
    rule = None if learning is None else parse_rule(learning)
    if rule is not None:
        get_chip(options.chip).require_learning()
    subject = open_subject(asked)
    graph, count = subject.graph, subject.count
    if subject.given is not None:
        say(console, _told(subject.given, subject.duration))
    dropped, unpruned = None, graph
    if prune.share is not None:
        graph, dropped = prune(graph)

    def run(spare_bits: Mapping[str, int] | None) -> _Ran:
        flow: Any = (
            (x, labels if subject.labelled else None)
            for x, labels in sample_batches(Subset(subject.data, range(count)))
        )
        whole = None if dropped is None else Unpruned(unpruned, dropped)
        recorder = Recorder() if wanted.any else None
        with counting(console, f"co-simulating {options.chip}") as report:
            result = cosimulate(
                graph,
                flow if whole is None else whole.watch(flow),
                **{each.name: getattr(options, each.name) for each in fields(options)},
                spare_bits=spare_bits,
                progress=lambda done, _: report(done, count),
                recorder=recorder,
                learning=None if rule is None else describe_rule(rule, graph),
            )
        return _Ran(result, whole, recorder)

    (result, whole, recorder), spare_bits = with_room(run, partial(say, console))
    pruning = None if whole is None else whole.report(result.predictions_software)
    shown = _tables(f"{asked.network} on {count} {subject.what}", result, pruning, spare_bits)
    shown += [*bit_tables(result.bits, no_bits), *neurobench_tables(result.neurobench)]
    for made in shown:
        console.print(made)
    numbers = {
        **subject.named,
        "samples": count,
        "input": subject.given,
        "pruning": pruning,
        "spare_bits": spare_bits,
        **result.to_dict(),
        "command": command(),
        "machine": machine(),
        "versions": library_versions(),
    }
    if recorder is not None:
        record = {**recorder.report(), "decisions": _decisions(result)}
        for path in wanted.write(numbers, record, describe(get_chip(options.chip))):
            say(console, f"written: {path}")
    return numbers


class _Ran(NamedTuple):
    """A co-simulation, and who watched it."""

    result: CosimResult
    whole: Unpruned | None
    recorder: Recorder | None


def _told(given: dict[str, Any], end: float) -> str:
    """What a spike file gave, in one line."""
    pool = given["channels_per_input"]
    summed = f", {pool} summed into each input" if pool > 1 else ""
    lost = [f"{given['spikes_cut']:,} from {end:g} s on are cut"]
    if given["spikes_saturated"]:
        lost.append(f"{given['spikes_saturated']:,} beyond 255 in one step of one input left out")
    several = "s" if given["recordings"] != 1 else ""
    return (
        f"{given['file']}: {given['recordings']:,} recording{several} of {given['channels']:,} "
        f"channels{summed}; {given['spikes']:,} spikes, {', '.join(lost)}; "
        f"{'with' if given['labels'] else 'without'} labels"
    )


def _decisions(result: CosimResult) -> dict[str, list[int] | None]:
    """Class of each sample: the true one if known, and those of both runs."""
    return {
        "label": None if result.labels is None else result.labels.tolist(),
        "software": result.predictions_software.tolist(),
        "hardware": result.predictions_hardware.tolist(),
    }


def summary(change: dict[str, Any]) -> str:
    """What was changed in a network, in one line."""
    parts = []
    for name, value in change.items():
        if isinstance(value, dict):
            value = (
                f"{len(value)} ({', '.join(list(value)[:2])}{', ...' if len(value) > 2 else ''})"
            )
        parts.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join(parts)


def sample_batches(data: Subset[tuple[torch.Tensor, int]], size: int = 64) -> Iterator[Batch]:
    """Samples of a data set as pairs (counts [T, B, N], labels [B]), `size` at a time."""
    for start in range(0, len(data), size):
        rows = range(start, min(start + size, len(data)))
        x, labels, _ = collate([data[i] for i in rows])
        yield x.to(torch.uint8).numpy(), labels.numpy()


def _tables(
    what: str, result: CosimResult, pruning: dict[str, Any] | None, spare_bits: dict[str, int]
) -> list[Any]:
    costs = result.costs
    where = f"{costs.chip} ({costs.profile})"
    comparison = [
        *_before(pruning),
        ["accuracy", percent(result.accuracy_software), percent(result.accuracy_hardware)],
        ["95 % interval", *(_interval(result, f"accuracy_{x}") for x in ("software", "hardware"))],
        ["agreement of predictions", "", percent(result.agreement)],
    ]
    comparison += [
        [f"spikes of {name} per inference", f"{count:.1f}", f"{result.spikes_hardware[name]:.1f}"]
        for name, count in result.spikes_software.items()
    ]
    comparison += [
        ["latency per inference", "", quantity(costs.latency_per_inference_s, "s")],
        ["steps per second", "", f"{costs.steps_per_s:,.0f}"],
        ["energy per inference", "", quantity(costs.energy_per_inference_J["total"], "J")],
    ]
    title = f"{what}, {costs.steps_per_inference:.0f} steps each"
    total = costs.energy_per_inference_J["total"]
    energy = [
        [name, quantity(value, "J"), percent(value / total) if total and value is not None else ""]
        for name, value in costs.energy_per_inference_J.items()
    ]
    static = "static" in costs.energy_per_inference_J
    placed = costs.mapping["placement"]
    notes = {} if result.labels is not None else {"accuracy": "not known: no labels"}
    notes |= {
        "energy leaves out": ", ".join(costs.energy_excludes) or "nothing known",
        "latency leaves out": ", ".join(costs.latency_excludes) or "nothing known",
        "static energy": "included" if static else "not included; add it with --static",
        "cores in use": f"{costs.mapping['cores']}, tiles in use: {costs.mapping['tiles']}",
        "placement": f"{placed['method']}, messages x hops {placed['objective_after']:.4g} "
        f"(in order {placed['objective_before']:.4g}, random {placed['objective_random']:.4g})",
    }
    if pruning is not None:
        share = percent(pruning["synapses_dropped"] / (pruning["synapses_unpruned"] or 1))
        notes["pruned before mapping"] = (
            f"{pruning['synapses_dropped']:,} of {pruning['synapses_unpruned']:,} synapses, "
            f"{share}, by {pruning['criterion']}; both columns are of the network that is left"
        )
    for name, bits in spare_bits.items():
        notes[f"bits kept free: {name}"] = (
            f"{bits}, so that its potentials stay in range; its weights have as many less"
        )
    for name, change in result.changes.items():
        notes[f"network changed: {name}"] = summary(change)
    return [
        table(title, ["", "software", where], comparison),
        *_lateness(result.loop),
        table(f"energy per inference, {where}", ["component", "energy", "share"], energy),
        listing("what these numbers hold", notes),
        *learning_tables(result.learning, where),
    ]


def _before(pruning: dict[str, Any] | None) -> list[list[str]]:
    """How the network decides in software with all its synapses."""
    if pruning is None:
        return []
    rows = [["agreement with the unpruned network", percent(pruning["agreement_unpruned"]), ""]]
    if pruning["accuracy_software_unpruned"] is not None:
        low, high = pruning["intervals_95"]["accuracy_software_unpruned"]
        rows = [
            ["accuracy, unpruned", percent(pruning["accuracy_software_unpruned"]), ""],
            ["95 % interval, unpruned", f"{percent(low)} to {percent(high)}", ""],
            *rows,
        ]
    return rows


def _interval(result: CosimResult, name: str) -> str:
    """Both ends of an interval, or nothing without labels."""
    if name not in result.intervals:
        return ""
    low, high = result.intervals[name]
    return f"{percent(low)} to {percent(high)}"


def _lateness(loop: dict[str, Any] | None) -> list[Any]:
    """What the ways of the spikes did, by layer."""
    if loop is None or loop["network"] is None:
        return []
    rows = []
    for name, found in {"all": loop["network"], **loop["layers"]}.items():
        n = found["deliveries"]
        worst = found["latency_percentiles_s"] or {}
        rows.append(
            [
                name,
                f"{n:,}",
                quantity(found["latency_mean_s"], "s"),
                quantity(worst.get("99"), "s"),
                percent(found["deadline_misses"] / n) if n else "",
                quantity(found["isi_distortion_mean_abs_s"], "s"),
                percent(found["disordered"] / n) if n else "",
            ]
        )
    unsettled = loop["samples_not_converged"]
    ended = f"{unsettled} samples still changing" if unsettled else "nothing changes any more"
    title = (
        f"ways of spikes, steps of {quantity(loop['tick_s'], 's')}, late spikes: "
        f"{loop['policy']}; {loop['how']} loop, {loop['rounds_max']} rounds, {ended}"
    )
    heads = ["sent by", "deliveries", "latency", "99 %", "late", "distortion", "out of order"]
    return [table(title, heads, rows)]
