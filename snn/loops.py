"""Populations that hear each other, run window by window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from polychrony.snn.components import Component
from polychrony.snn.feeds import Array, Late, Rows, add_spikes

Neurons = Callable[[Array, int], Array]
"""Spikes [W, B, N] of currents [W, B, N] and the step of their first row; keeps its state."""


def run_loop(
    component: Component,
    projections: Sequence[Rows],
    totals: Mapping[str, Array],
    neurons: Mapping[str, Neurons],
    late: Late | None = None,
) -> dict[str, Array]:
    """Run the populations of a loop from rest.

    A window is as long as what comes back takes at least, so that all that acts in it was sent
    before, or by populations that come earlier in the component.

    Args:
        component: the populations.
        projections: all projections of the network, in the order of the graph.
        totals: what reaches each population from outside the component, [T, B, N]; afterwards all
            that reaches it.
        neurons: runs the neurons of each population, one window after the other.
        late: spikes that arrive late; all in time without it.

    Returns:
        Spikes of each population, uint8 [T, B, N].
    """
    fired = {name: np.zeros(totals[name].shape, np.uint8) for name in component.names}
    inner: dict[str, list[tuple[int, Rows]]] = {name: [] for name in component.names}
    for index, rows in enumerate(projections):
        if rows.source in inner and rows.target in inner:
            inner[rows.source].append((index, rows))
    n_steps = len(totals[component.names[0]])
    length = component.window or max(n_steps, 1)
    for first in range(0, n_steps, length):
        window = slice(first, first + length)
        for name in component.names:
            fired[name][window] = neurons[name](totals[name][window], first)
            for index, rows in inner[name]:
                add_spikes(totals[rows.target], rows, index, fired[name][window], late, first)
    return fired
