"""Which synapses of each core learn, grouped by what they hear."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from polychrony.hardware.learning.rule import LayerLearning
from polychrony.hardware.mapping import Mapping
from polychrony.hardware.mapping.axons import present
from polychrony.hardware.mapping.fan_out import homes

IntArray = npt.NDArray[np.int64]


class Heard(NamedTuple):
    """What the synapses of one layer hear of one population.

    An entry is a neuron as one core hears it after one delay: synapses that share it share a trace.

    Args:
        source: name of the population that spikes.
        row_ptr: first entry of each of its neurons, [N + 1].
        delay: steps, [E].
        core: core of the synapses, [E].
        synapses: synapses there, those of silent neurons left out, [E].
    """

    source: str
    row_ptr: IntArray
    delay: IntArray
    core: IntArray
    synapses: IntArray


def heard_by(mapping: Mapping, layer: LayerLearning) -> list[Heard]:
    """What the synapses of a layer hear, population by population.

    Args:
        mapping: the network on its cores.
        layer: the layer; nothing is heard on the chip where the host runs it.
    """
    home = homes(mapping.graph, mapping.slices).get(layer.population)
    if home is None:
        return []
    loud = np.ones(len(home), bool)
    loud[list(layer.silent)] = False
    found: dict[str, list[IntArray]] = {}
    for index, projection in enumerate(mapping.graph.projections):
        if projection.target != layer.population:
            continue
        kept = present(index, mapping.types, projection.n_synapses)
        post = projection.post[kept]
        columns = (projection.pre[kept], projection.delay[kept], home[post], loud[post])
        stacked = np.stack([np.asarray(column, np.int64) for column in columns])
        found.setdefault(projection.source, []).append(stacked[:, home[post] >= 0])
    return [
        _grouped(source, mapping.graph[source].size, np.concatenate(parts, axis=1))
        for source, parts in found.items()
    ]


def _grouped(source: str, size: int, columns: IntArray) -> Heard:
    """Entries of synapses given as rows of neuron, delay, core, and whether they learn."""
    keys, place = np.unique(columns[:3], axis=1, return_inverse=True)
    synapses = np.zeros(keys.shape[1], np.int64)
    np.add.at(synapses, place.reshape(-1), columns[3])
    pre, delay, core = np.ascontiguousarray(keys)
    row_ptr = np.searchsorted(pre, np.arange(size + 1)).astype(np.int64)
    return Heard(source, row_ptr, delay, core, synapses)
