"""What spikes cause on the chip, and what that costs in time and energy."""

from __future__ import annotations

from polychrony.hardware.noc.energy import energy_of
from polychrony.hardware.noc.latency import step_latency
from polychrony.hardware.noc.ledger import Ledger
from polychrony.hardware.noc.routes import Routes
from polychrony.hardware.noc.traffic import Work, count_work

__all__ = ["Ledger", "Routes", "Work", "count_work", "energy_of", "step_latency"]
