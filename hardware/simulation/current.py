"""What spikes add to the neurons of a population in each step, in the numbers of the chip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.quantized import AnalogPopulation, QuantizedGraph
from polychrony.hardware.simulation.together import together
from polychrony.snn.feeds import Late, sum_known
from polychrony.snn.kernels.events import scatter_events

Array = npt.NDArray[Any]


def current(
    quantized: QuantizedGraph,
    name: str,
    spikes: Mapping[str, Array],
    late: Late | None = None,
) -> Array:
    """Sum of the weights that arrive from populations whose spikes are known.

    Args:
        quantized: the network in the numbers of the chip.
        name: population that receives.
        spikes: counts of each source that has run, [T, B, N].
        late: those that arrive late, on a digital chip; all in time without it.

    Returns:
        [T, B, N]: units, int64, on a digital chip; V, float64, on an analog one.

    Raises:
        HardwareError: spikes are late where neurons are analog.
    """
    n = quantized.graph[name].size
    if isinstance(quantized.populations[name], AnalogPopulation):
        if late is not None:
            raise HardwareError(f"{name}: analog neurons take arrivals in continuous time only")
        return scatter_events(*together(quantized, name, spikes), n)
    n_steps, n_samples = next(iter(spikes.values())).shape[:2]
    total = (n_steps, n_samples, n), np.int64
    return sum_known(quantized.projections, name, spikes, total, late)
