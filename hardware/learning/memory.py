"""Whether what learning keeps fits the memory of each core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.learning.rule import LearningRule, Policy
from polychrony.hardware.learning.synapses import heard_by
from polychrony.hardware.mapping import Mapping
from polychrony.hardware.mapping.fan_out import homes

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CoreMemory:
    """What learning keeps in one core, bits, and the room for it.

    Args:
        core: its number.
        population: populations that run on it, joined by +.
        synapses_bits: of synapses as inference needs them.
        tags_bits: of the numbers that learning synapses keep.
        signal_bits: of the fixed weights of the learning signal, each stored as a synapse.
        traces_bits: of traces of inputs and neurons.
        synaptic_memory_bits: room for the first three, or None.
        trace_memory_bits: room for traces, or None.
        synapses_fit: whether the first three fit; None where that is not known.
        traces_fit: whether traces fit; None where that is not known.
    """

    core: int
    population: str
    synapses_bits: int
    tags_bits: int
    signal_bits: int
    traces_bits: int
    synaptic_memory_bits: int | None
    trace_memory_bits: int | None
    synapses_fit: bool | None
    traces_fit: bool | None

    @property
    def learning_bits(self) -> int:
        """What learning adds to inference."""
        return self.tags_bits + self.signal_bits + self.traces_bits

    @property
    def fits(self) -> bool | None:
        """Whether all fits; None where that is not known."""
        return both(self.synapses_fit, self.traces_fit)


def both(*answers: bool | None) -> bool | None:
    """False if one of them is, else None if one of them is, else True."""
    if False in answers:
        return False
    return None if None in answers else True


class _Kept:
    """Numbers that a rule keeps in each core, [C]."""

    def __init__(self, mapping: Mapping, rule: LearningRule) -> None:
        self.traces, self.learning, self.filtered, self.fixed = np.zeros(
            (4, mapping.n_cores), np.int64
        )
        held = homes(mapping.graph, mapping.slices)
        for layer in rule.layers:
            if layer.population not in held:
                continue
            for heard in heard_by(mapping, layer):
                np.add.at(self.learning, heard.core, heard.synapses)
                if layer.synapse_decay > 0:
                    np.add.at(self.filtered, heard.core, heard.synapses)
                if layer.pre_trace:
                    np.add.at(self.traces, heard.core, 1)
            home = held[layer.population]
            if layer.post_trace:
                np.add.at(self.traces, home[home >= 0], 1)
            loud = np.delete(home, list(layer.silent))
            np.add.at(self.fixed, loud[loud >= 0], layer.fixed_weights)


def core_memory(mapping: Mapping, rule: LearningRule, policy: Policy) -> tuple[CoreMemory, ...]:
    """Memory of learning, core by core.

    A trace for each input as the core hears it after one delay, and for each neuron; a tag for each
    learning synapse that adds up the changes of a sequence, and one more for each that filters.

    Args:
        mapping: the network on its cores.
        rule: the rule.
        policy: when weights change.

    Raises:
        HardwareError: no learning on the chip is described.
    """
    chip = mapping.chip
    state = chip.require_learning()
    kept = _Kept(mapping, rule)
    sums = kept.learning if policy == "sequence" else np.zeros_like(kept.learning)
    tags = sums + kept.filtered
    cores = []
    for core, usage in enumerate(mapping.usage):
        synaptic = usage.synapses * chip.synapse_bits
        tag_bits = int(tags[core]) * state.tag_bits
        signal = int(kept.fixed[core]) * chip.synapse_bits
        traces = int(kept.traces[core]) * state.trace_bits
        stored = synaptic + tag_bits + signal
        per_synapse = int(sums[core] > 0) + int(kept.filtered[core] > 0)
        crowded = per_synapse > state.tags_per_synapse
        room = chip.synaptic_memory_bits
        parts = [s.population for s in mapping.slices if s.core == core]
        cores.append(
            CoreMemory(
                core,
                "+".join(dict.fromkeys(parts)),
                synaptic,
                tag_bits,
                signal,
                traces,
                room,
                state.trace_memory_bits,
                False if crowded else _fits(stored, room),
                _traces_fit(traces, stored, state.trace_memory_bits, state.core_memory_bits),
            )
        )
    return tuple(cores)


def _fits(bits: int, room: int | None) -> bool | None:
    if bits == 0:
        return True
    return None if room is None else bits <= room


def _traces_fit(bits: int, others: int, room: int | None, whole: int | None) -> bool | None:
    """By the memory for traces; where that is unknown, what exceeds the whole core cannot fit."""
    if room is None and whole is not None and bits and bits + others > whole:
        return False
    return _fits(bits, room)
