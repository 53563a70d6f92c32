"""Neurons exactly as chips compute them: in integers, or in continuous time."""

from __future__ import annotations

from polychrony.hardware.arithmetic.dynapse import arrivals, integrate_continuous, mismatched
from polychrony.hardware.arithmetic.dynapse_steps import StepTrace, integrate_steps
from polychrony.hardware.arithmetic.loihi import integrate, loihi_lif, synaptic_weight
from polychrony.hardware.arithmetic.truenorth import integrate_truenorth, truenorth_neuron

__all__ = [
    "StepTrace",
    "arrivals",
    "integrate",
    "integrate_continuous",
    "integrate_steps",
    "integrate_truenorth",
    "loihi_lif",
    "mismatched",
    "synaptic_weight",
    "truenorth_neuron",
]
