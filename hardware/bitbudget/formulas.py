"""Bit Budget and the two counts of operations that it weighs."""

from __future__ import annotations

import math

from polychrony.hardware.errors import HardwareError


def bit_budget(weight_bits: int, spike_bits: int, steps: float) -> float:
    """Bit Budget of a synapse: BB = T * b_w * b_s.

    Args:
        weight_bits: bits of a weight b_w, at least 1.
        spike_bits: bits of a spike b_s, at least 1.
        steps: steps T, above 0; the mean, where samples differ in length.

    Returns:
        Operations of one bit of a weight with one bit of a spike ("bit operations").

    Raises:
        HardwareError: an argument is out of its range.

    Reference:
        Shen et al., "Are Conventional SNNs Really Efficient? A Perspective from Network
        Quantization", CVPR 2024, arXiv:2311.10802.
    """
    for name, bits in (("weight_bits", weight_bits), ("spike_bits", spike_bits)):
        if isinstance(bits, bool) or not isinstance(bits, int) or bits < 1:
            raise HardwareError(f"{name} is {bits!r}, allowed are whole numbers from 1")
    if not (math.isfinite(steps) and steps > 0):
        raise HardwareError(f"steps is {steps!r}, allowed are numbers above 0")
    return steps * weight_bits * spike_bits


def s_ace(macs: float, weight_bits: int, spike_bits: int, steps: float) -> float:
    """Synaptic arithmetic computation effort of one layer: S-ACE = n * BB.

    The sum over layers is that of a network.

    Args:
        macs: synapses n that one step computes, see `polychrony.hardware.bitbudget.Layer`.
        weight_bits: see `bit_budget`, as the following.
        spike_bits: bits of the spikes that the layer receives.
        steps: steps.

    Returns:
        Bit operations where every synapse computes in every step.

    Raises:
        HardwareError: an argument is out of its range.

    Reference:
        Shen et al., CVPR 2024; after ACE of Zhang et al., "PokeBNN", CVPR 2022.
    """
    _check_count("macs", macs)
    return macs * bit_budget(weight_bits, spike_bits, steps)


def ns_ace(macs: float, rate: float, weight_bits: int, spike_bits: int, steps: float) -> float:
    """Neuromorphic S-ACE of one layer by its mean rate: NS-ACE = fr * n * BB.

    Exact where all source neurons meet as many synapses, or all fire alike; else take
    `ns_ace_of_events`.

    Args:
        macs: synapses n that one step computes.
        rate: mean number of spikes of a source neuron in a step, fr.
        weight_bits: see `bit_budget`, as the following.
        spike_bits: bits of the spikes that the layer receives.
        steps: steps.

    Returns:
        Bit operations where only spikes compute.

    Raises:
        HardwareError: an argument is out of its range.

    Reference:
        Shen et al., CVPR 2024.
    """
    _check_count("rate", rate)
    return rate * s_ace(macs, weight_bits, spike_bits, steps)


def ns_ace_of_events(synaptic_events: float, weight_bits: int, spike_bits: int) -> float:
    """Neuromorphic S-ACE of one layer, spike by spike: b_w * b_s * sum over spikes of fan-out.

    Args:
        synaptic_events: sum over spikes e of the synapses that e meets; one with a delay is met
            once.
        weight_bits: bits of a weight b_w, at least 1.
        spike_bits: bits of a spike b_s, at least 1.

    Returns:
        Bit operations where only spikes compute.

    Raises:
        HardwareError: an argument is out of its range.
    """
    _check_count("synaptic_events", synaptic_events)
    return synaptic_events * bit_budget(weight_bits, spike_bits, 1)


def _check_count(name: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise HardwareError(f"{name} is {value!r}, allowed are numbers from 0")
