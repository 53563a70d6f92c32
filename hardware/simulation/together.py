"""All that feeds a population as if it came from one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.hardware.quantized import QuantizedGraph
from polychrony.snn.kernels.events import row_pointers

Array = npt.NDArray[Any]


class Together(NamedTuple):
    """Spikes of all sources side by side, and the synapses from them.

    Args:
        spikes: counts, uint8 [T, B, N_in].
        row_ptr: start of each source neuron's synapses, [N_in + 1].
        post: target neuron of each synapse, [S].
        delay: steps, [S].
        weight: what a spike adds, [S].
    """

    spikes: npt.NDArray[np.uint8]
    row_ptr: npt.NDArray[np.int64]
    post: Array
    delay: Array
    weight: Array


def together(quantized: QuantizedGraph, name: str, spikes: Mapping[str, Array]) -> Together:
    """Join the projections that end in a population.

    Args:
        quantized: the network as the chip holds it.
        name: population that receives.
        spikes: counts of each source, [T, B, N]; a population that comes later in the order has
            no synapses here.

    Returns:
        One projection; synapses that the chip does not hold are left out.
    """
    graph = quantized.graph
    feeds = [
        (real, held)
        for real, held in zip(graph.projections, quantized.projections, strict=True)
        if real.target == name and real.source in spikes
    ]
    # Without synapses, some source still has to say how many steps and samples there are.
    sources = sorted({real.source for real, _ in feeds}) or [next(iter(spikes))]
    ends = np.cumsum([graph[source].size for source in sources])
    start = dict(zip(sources, ends - [graph[source].size for source in sources], strict=True))
    none = np.zeros(0, np.int64)
    pre = np.concatenate([none, *(real.pre + start[real.source] for real, _ in feeds)])
    weight = np.concatenate([np.zeros(0), *(held.weight for _, held in feeds)])
    there = np.flatnonzero(weight)
    order = there[np.argsort(pre[there], kind="stable")]
    return Together(
        np.concatenate([spikes[source] for source in sources], axis=2),
        row_pointers(pre[order], int(ends[-1])),
        np.concatenate([np.zeros(0, np.int32), *(real.post for real, _ in feeds)])[order],
        np.concatenate([np.zeros(0, np.int32), *(real.delay for real, _ in feeds)])[order],
        weight[order],
    )
