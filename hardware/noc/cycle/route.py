"""Ways through a network on chip."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.cycle.compiled import compiled
from polychrony.hardware.noc.cycle.state import Ints, Ways


@compiled
def port_towards(w: Ways, router: int, endpoint: int) -> int:
    """Output port of a router on the way to an endpoint."""
    level = w.router[router].level
    way = w.way_router[endpoint, level]
    if way == router:
        return int(w.down_port[endpoint, level])
    if level > 0:
        return int(w.router[router].up_port)
    if w.router[way].column != w.router[router].column:
        return 0 if w.router[way].column > w.router[router].column else 1
    return 2 if w.router[way].row > w.router[router].row else 3


@numba.njit(cache=True)
def count_hops(w: Ways, start: Ints, target: Ints) -> npt.NDArray[np.int32]:
    """Links between routers from the router of one endpoint to that of another."""
    deepest = w.way_router.shape[1] - 1
    hops = np.zeros(len(start), np.int32)
    for k in range(len(start)):
        level = deepest
        here, there = w.way_router[start[k], level], w.way_router[target[k], level]
        while here != there and level > 0:
            level -= 1
            here, there = w.way_router[start[k], level], w.way_router[target[k], level]
        a, b = w.router[here], w.router[there]
        hops[k] = 2 * (deepest - level) + abs(a.column - b.column) + abs(a.row - b.row)
    return hops
