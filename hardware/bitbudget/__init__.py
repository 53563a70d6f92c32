"""What a network computes and keeps, in bits: Bit Budget, S-ACE, NS-ACE, states and delays."""

from polychrony.hardware.bitbudget.account import BitAccount, bit_report
from polychrony.hardware.bitbudget.formulas import bit_budget, ns_ace, ns_ace_of_events, s_ace
from polychrony.hardware.bitbudget.layer import Layer, convolution, linear
from polychrony.hardware.bitbudget.report import BitReport, LayerBudget, StateBits
from polychrony.hardware.bitbudget.slope import derived_slope, given_slope
from polychrony.hardware.bitbudget.widths import Widths, widths_of

__all__ = [
    "BitAccount",
    "BitReport",
    "Layer",
    "LayerBudget",
    "StateBits",
    "Widths",
    "bit_budget",
    "bit_report",
    "convolution",
    "derived_slope",
    "given_slope",
    "linear",
    "ns_ace",
    "ns_ace_of_events",
    "s_ace",
    "widths_of",
]
