"""Local learning rules: traces, learning signal, update; and backpropagation to compare with."""

from polychrony.snn.learning.block import Block, BlockState, strictly_above
from polychrony.snn.learning.bptt import BPTT
from polychrony.snn.learning.cost import Cost
from polychrony.snn.learning.eligibility import Eligibility
from polychrony.snn.learning.local import LearningState, LocalRule
from polychrony.snn.learning.named import LOCAL_RULES, decolle, eprop, ottt, stllr, tess
from polychrony.snn.learning.network import BlockNetwork, BlockNetworkState, decide_sum
from polychrony.snn.learning.projections import Projection, RandomUniform, SquareWave
from polychrony.snn.learning.rule import Outcome, Rule
from polychrony.snn.learning.signals import DirectFeedback, LocalReadout, SpatialBackprop
from polychrony.snn.learning.standardized import (
    StandardizedConv2d,
    StandardizedLinear,
    standardized,
)

__all__ = [
    "BPTT",
    "LOCAL_RULES",
    "Block",
    "BlockNetwork",
    "BlockNetworkState",
    "BlockState",
    "Cost",
    "DirectFeedback",
    "Eligibility",
    "LearningState",
    "LocalReadout",
    "LocalRule",
    "Outcome",
    "Projection",
    "RandomUniform",
    "Rule",
    "SpatialBackprop",
    "SquareWave",
    "StandardizedConv2d",
    "StandardizedLinear",
    "decide_sum",
    "decolle",
    "eprop",
    "ottt",
    "standardized",
    "stllr",
    "strictly_above",
    "tess",
]
