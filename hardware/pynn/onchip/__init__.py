"""A network described in PyNN, put on a chip and accounted for."""

from polychrony.hardware.pynn.onchip.account import Account, ChipReport, Comparison

__all__ = ["Account", "ChipReport", "Comparison"]
