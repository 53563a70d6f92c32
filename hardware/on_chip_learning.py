"""What a core keeps so that it can learn."""

from __future__ import annotations

from dataclasses import dataclass

from polychrony.hardware.ranges import check_whole

_LEAST = {"trace_bits": 1, "tag_bits": 1, "tags_per_synapse": 0}
_LEAST_OR_NONE = {"trace_memory_bits": 0, "core_memory_bits": 1}


@dataclass(frozen=True)
class OnChipLearning:
    """State of learning that a core has room for. None is not published, and is no number.

    Args:
        trace_bits: bits of a trace of a neuron or of an axon.
        tag_bits: bits of a number that a synapse keeps beside its weight.
        tags_per_synapse: such numbers of a synapse.
        trace_memory_bits: memory of a core for traces, bits; None where nobody has published it.
        core_memory_bits: all memory of a core, bits; None where nobody has published it.

    Raises:
        HardwareError: a field is out of its range.
    """

    trace_bits: int
    tag_bits: int
    tags_per_synapse: int = 1
    trace_memory_bits: int | None = None
    core_memory_bits: int | None = None

    def __post_init__(self) -> None:
        check_whole("learning", self, _LEAST)
        check_whole("learning", self, _LEAST_OR_NONE, none="not published")
