"""Tables of what a network computes and keeps, in bits."""

from __future__ import annotations

from typing import Any

from polychrony.experiments.tables import listing, quantity, table
from polychrony.hardware.bitbudget import BitReport


def bit_tables(report: BitReport | None, missing: str | None) -> list[Any]:
    """Tables of a report of bits.

    Args:
        report: the report, or None where there is none.
        missing: why there is none.
    """
    if report is None:
        return [listing("bit budget", {"not counted": missing or "nothing was run"})]
    return [_layers(report), listing("bits beside the synapses' work", _lines(report))]


def _layers(report: BitReport) -> Any:
    rows = [
        [
            layer.name,
            f"{layer.weight_bits}/{layer.spike_bits}/{layer.steps:g}",
            f"{layer.bit_budget:g}",
            _count(layer.macs),
            f"{layer.firing_rate:.3g}",
            _count(layer.s_ace),
            _count(layer.ns_ace_rate),
            _count(layer.ns_ace),
        ]
        for layer in report.layers
    ]
    sums = report.totals
    totals = [_count(sums[key]) for key in ("s_ace", "ns_ace_rate", "ns_ace")]
    rows.append(["total", "", "", _count(sums["macs"]), "", *totals])
    heads = ["layer", "b_w/b_s/T", "BB", "synapses", "rate", "S-ACE", "by rates", "NS-ACE"]
    return table("bit operations per inference: S-ACE and NS-ACE", heads, rows)


def _lines(report: BitReport) -> dict[str, str]:
    sums = report.totals
    lines = {
        "weights kept": f"{sums['weight_memory_bits']:,} bits",
        "delays kept": f"{sums['delay_memory_bits']:,} bits",
        "delays met by spikes": f"{_count(sums['delay_reads_bits'])} bits per inference",
        "states kept": f"{sums['state_memory_bits']:,} bits",
        "states updated": f"{_count(sums['state_updates_bits'])} bits per inference",
    }
    energy = report.energy
    if energy is None:
        return lines | {"k x ACE": "not known: the energy of a synapse is not published; give a k"}
    return lines | {
        "k x S-ACE": quantity(energy["k_times_s_ace_J"], "J"),
        "k x NS-ACE": quantity(energy["k_times_ns_ace_J"], "J"),
        "k": f"{quantity(energy['k_J'], 'J')}, {energy['k_evidence']}: {energy['k_source']}",
    }


def _count(number: float) -> str:
    return f"{number:,.0f}"
