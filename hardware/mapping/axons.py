"""What needs an axon of its own on a core."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.snn.graph import Projection

IntArray = npt.NDArray[np.int64]
AxonTypes = Sequence[npt.NDArray[np.int8] | None] | None
"""Type of each synapse, per projection of a graph; -1 where quantization left no synapse."""


def present(index: int, types: AxonTypes, n_synapses: int) -> npt.NDArray[np.bool_]:
    """Which synapses of a projection exist on the chip.

    Args:
        index: number of the projection in its graph.
        types: types of synapses, or None where all exist.
        n_synapses: synapses of the projection.

    Returns:
        [S].
    """
    kinds = None if types is None else types[index]
    return np.ones(n_synapses, bool) if kinds is None else kinds >= 0


def axon_of(projection: Projection, index: int, chip: Chip, types: AxonTypes) -> IntArray:
    """Which of its source neuron's axons each synapse hangs on.

    Where synapses have delays of their own, all share one axon, and so they do where nothing has
    a delay but relays. Elsewhere each delay needs an axon, and on a chip with axon types each type
    does too.

    Args:
        projection: the synapses.
        index: number of the projection in its graph.
        chip: the chip.
        types: types of synapses, or None.

    Returns:
        Number of the axon among those of its source neuron, [S].
    """
    if chip.delay_of != "axon":
        return np.zeros(projection.n_synapses, np.int64)
    axon = projection.delay.astype(np.int64)
    kinds = None if types is None else types[index]
    if kinds is not None:
        axon = axon * 256 + kinds
    return axon
