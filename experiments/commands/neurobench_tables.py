"""Table of NeuroBench's metrics."""

from __future__ import annotations

from typing import Any

from polychrony.experiments.tables import listing, percent
from polychrony.hardware.neurobench import NeuroBenchReport


def neurobench_tables(report: NeuroBenchReport | None) -> list[Any]:
    """Table of a report, under the names of NeuroBench; none without a report."""
    if report is None:
        return []
    static = report.static
    lines = {
        "ParameterCount": f"{static.parameters:,}",
        "Footprint": f"{static.footprint:,} bytes",
        "ConnectionSparsity": percent(static.connection_sparsity),
        "ActivationSparsity": percent(report.activation_sparsity),
        "Effective_MACs": f"{report.effective_macs:,.0f}",
        "Effective_ACs": f"{report.effective_acs:,.0f}",
        "Dense": f"{report.dense:,.0f}",
        "MembraneUpdates": f"{report.membrane_updates:,.0f}",
    }
    return [listing("metrics of NeuroBench, of the network in software", lines)]
