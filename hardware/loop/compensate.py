"""Learned delays, shortened by what the chip adds to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from polychrony.hardware.fit import Fitted
from polychrony.hardware.loop.streams import Streams
from polychrony.hardware.prepare import Prepared
from polychrony.hardware.shifts import shortest_delays

FloatArray = npt.NDArray[np.float64]


def lateness_of_synapses(streams: Streams) -> dict[int, FloatArray]:
    """Ticks by which spikes reach each synapse too late, mean over its deliveries.

    Args:
        streams: statistics of a run of the network on its chip.

    Returns:
        [S] by the number of the projection.
    """
    found: dict[int, FloatArray] = {}
    senders = streams.senders
    ticks = {name: streams.ticks_of_lanes(name) for name in senders.names}
    for index, lane in senders.lane_of_synapse.items():
        source = senders.routes.mapping.graph.projections[index].source
        found[index] = np.where(lane >= 0, ticks[source][np.maximum(lane, 0)], 0.0)
    return found


def compensated(trained: Fitted, prepared: Prepared, streams: Streams) -> Fitted:
    """The network with its delays shortened, so that spikes meet as they were trained to.

        d' = max(d_min, d - round(k))

    for a synapse of trained delay d whose spikes come k ticks late in the mean. What a chip cannot
    make shorter, its shortest delay and that of a relay that is a neuron's own, stays, and so does
    the delay without which a loop cannot be.

    Args:
        trained: the network as it was before any compensation, fitted to the chip.
        prepared: the network that was run; its delays may have been compensated before.
        streams: statistics of that run.

    Returns:
        The network, with delays of its own.
    """
    chip = prepared.mapping.chip
    late = lateness_of_synapses(streams)
    least = shortest_delays(trained.graph, chip)
    projections = list(trained.graph.projections)
    for index, ticks in late.items():
        p = projections[index]
        if p.target in trained.relays and chip.delay_of == "none":
            continue
        shorter = p.delay - np.rint(ticks).astype(np.int32)
        delay = np.minimum(p.delay, np.maximum(shorter, least[index]))
        projections[index] = replace(p, delay=delay.astype(np.int32))
    graph = replace(trained.graph, projections=tuple(projections))
    return replace(trained, graph=graph)
