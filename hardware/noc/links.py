"""How many messages cross each link between tiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.routes import Routes

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LinkTraffic:
    """Messages that leave each tile over each of its links, [rows, columns].

    Args:
        east: to the next column.
        west: to the column before.
        north: to the next row.
        south: to the row before.
    """

    east: IntArray
    west: IntArray
    north: IntArray
    south: IntArray


def link_traffic(routes: Routes, spikes: Mapping[str, npt.ArrayLike]) -> LinkTraffic:
    """Messages over each link; all ways of treating the network on chip send them alike.

    Args:
        routes: routes of the mapped network.
        spikes: spikes of each neuron, by population, [N].

    Returns:
        The counts. Their sums are the hops of `Work`.
    """
    grid, tile = routes.mapping.chip.grid, np.append(routes.mapping.tile, 0)
    tile[-1] = routes.mapping.chip.io_tile
    traffic = LinkTraffic(*(np.zeros((grid.rows, grid.columns), np.int64) for _ in range(4)))
    for name, route in routes.of.items():
        neuron = route.neuron
        count = np.asarray(spikes[name], np.int64)[neuron] * route.messages
        x0, y0 = grid.coordinates(tile[route.home[neuron]])
        x1, y1 = grid.coordinates(tile[route.core])
        # First to the column, in the row of the source; then along the column of the target.
        traffic.east[:] += _between(y0, x0, x1, count, traffic.east.shape)
        traffic.west[:] += _between(y0, x1 + 1, x0 + 1, count, traffic.west.shape)
        traffic.north[:] += _between(x1, y0, y1, count, traffic.north.T.shape).T
        traffic.south[:] += _between(x1, y1 + 1, y0 + 1, count, traffic.south.T.shape).T
    return traffic


def _between(
    line: IntArray, start: IntArray, stop: IntArray, count: IntArray, shape: tuple[int, ...]
) -> IntArray:
    """Sum of counts over `start <= place < stop` of each line; none where stop is not above."""
    change = np.zeros((shape[0], shape[1] + 1), np.int64)
    ahead = start < stop
    np.add.at(change, (line[ahead], start[ahead]), count[ahead])
    np.add.at(change, (line[ahead], stop[ahead]), -count[ahead])
    return np.asarray(np.cumsum(change, axis=1)[:, :-1])
