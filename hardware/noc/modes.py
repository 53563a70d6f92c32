"""Ways of treating the network on chip, from the cheapest to the most exact."""

from __future__ import annotations

from collections.abc import Mapping

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.noc.ledger import MessageTime

MODES: Mapping[str, MessageTime | None] = {"analytic": None}
"""Name of each way, and how it finds the time of messages; None: hop sums, without queueing."""


def message_time(mode: str) -> MessageTime | None:
    """Way of finding the time of messages, by name.

    Raises:
        HardwareError: there is no such way.
    """
    if mode not in MODES:
        raise HardwareError(f"noc is {mode!r}, allowed are {', '.join(MODES)}")
    return MODES[mode]
