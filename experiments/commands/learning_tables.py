"""What `polychrony cosim --learning` tells people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polychrony.experiments.tables import listing, quantity, table
from polychrony.hardware.learning import CoreMemory, LearningReport, PolicyCost

_EVENTS = {
    "pre_trace_spikes": "spikes into traces of inputs",
    "pre_trace_decays": "decays of traces of inputs",
    "post_trace_updates": "updates of traces of neurons",
    "signal_synaptic_ops": "synaptic operations of the signal",
    "signal_products": "products of the signal",
    "synapse_visits": "visits to synapses, step by step",
    "synapses_visited": "synapses visited at all",
}
_ANSWERS = {True: "yes", False: "no", None: "unknown"}


def learning_tables(report: LearningReport | None, where: str) -> list[Any]:
    """Counts, costs and memory of learning; nothing without a rule.

    Args:
        report: what the rule takes.
        where: chip and profile.
    """
    if report is None:
        return []
    return [_counts(report), _costs(report, where), *_notes(report)]


def _counts(report: LearningReport) -> Any:
    columns = {**report.layers, "all": report.counts_per_sample}
    rows = [
        [said, *(f"{held[at]:,.1f}" for held in columns.values())] for at, said in _EVENTS.items()
    ]
    title = f"learning by {report.rule}, beside inference: events per sample"
    return table(title, ["", *columns], rows)


def _costs(report: LearningReport, where: str) -> Any:
    policies = list(report.policies.values())

    def row(name: str, told: Any) -> list[str]:
        return [name, *(told(cost) for cost in policies)]

    rows = [
        row("additions to tags", lambda cost: f"{cost.accumulations_per_sample:,.1f}"),
        row("changes of weights", lambda cost: f"{cost.weight_updates_per_sample:,.1f}"),
        *(
            row(f"energy of {event.replace('_', ' ')}", lambda cost, at=event: _energy(cost, at))
            for event in policies[0].energy_by_event_j
        ),
        row(
            "energy of learning per sample",
            lambda cost: quantity(cost.energy_learning_per_sample_j, "J"),
        ),
        row(
            "time of learning per sample",
            lambda cost: quantity(cost.latency_learning_per_sample_s, "s"),
        ),
        row("state of learning, fullest core", lambda cost: f"{_most(cost.cores):,} bits"),
        row("synapses, tags and signal fit", lambda cost: _fit(cost.cores, "synapses_fit")),
        row("traces fit", lambda cost: _fit(cost.cores, "traces_fit")),
    ]
    heads = ["", *(_changes(name) for name in report.policies)]
    return table(f"what learning takes, {where}", heads, rows)


def _changes(policy: str) -> str:
    return {"sequence": "weights once per sequence", "online": "weights every step"}[policy]


def _energy(cost: PolicyCost, event: str) -> str:
    return quantity(cost.energy_by_event_j[event], "J")


def _most(cores: Sequence[CoreMemory]) -> int:
    return max((core.learning_bits for core in cores), default=0)


def _fit(cores: Sequence[CoreMemory], what: str) -> str:
    """Yes, unknown, or the cores into which it does not fit."""
    answers = {core.core: getattr(core, what) for core in cores}
    full = [str(core) for core, answer in answers.items() if answer is False]
    if full:
        several = "s" if len(full) > 1 else ""
        return f"not core{several} {', '.join(full[:4])}{', ...' if len(full) > 4 else ''}"
    return "unknown" if None in answers.values() else "yes"


def _notes(report: LearningReport) -> list[Any]:
    unpaid = dict.fromkeys(e for c in report.policies.values() for e in c.energy_excludes)
    notes = {
        "energy of learning leaves out": ", ".join(e.replace("_", " ") for e in unpaid)
        or "nothing that happens",
        "learns on the host, not counted": ", ".join(report.on_host) or "nothing",
    }
    cores = {
        f"core {core.core}, {core.population}": (
            f"synapses {core.synapses_bits:,}, tags {core.tags_bits:,}, signal "
            f"{core.signal_bits:,} of {_room(core.synaptic_memory_bits)} bits; traces "
            f"{core.traces_bits:,} of {_room(core.trace_memory_bits)} bits; fits: "
            f"{_ANSWERS[core.fits]}"
        )
        for core in report.policies["sequence"].cores
    }
    title = "memory of each core, weights once per sequence"
    return [listing("what learning holds", notes), listing(title, cores)]


def _room(bits: int | None) -> str:
    return "unknown" if bits is None else f"{bits:,}"
