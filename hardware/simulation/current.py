"""What spikes add to the neurons of a population in each step, in integers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.quantized import QuantizedGraph
from polychrony.snn.kernels.events import scatter_events

Array = npt.NDArray[Any]


def current(
    quantized: QuantizedGraph, name: str, spikes: Mapping[str, Array]
) -> npt.NDArray[np.int64]:
    """Exact sum of the weights that arrive.

    Args:
        quantized: the network in integers.
        name: population that receives.
        spikes: counts of each source, [T, B, N].

    Returns:
        Units, [T, B, N].
    """
    n_steps, n_samples = next(iter(spikes.values())).shape[:2]
    total = np.zeros((n_steps, n_samples, quantized.graph[name].size), np.int64)
    for projection in quantized.projections:
        if projection.target == name:
            scatter_events(
                spikes[projection.source],
                projection.row_ptr,
                projection.post,
                projection.delay,
                projection.weight,
                total.shape[2],
                out=total,
            )
    return total
