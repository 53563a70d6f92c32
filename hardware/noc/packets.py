"""Packets that enter a network on chip."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Packets(NamedTuple):
    """Packets in the order in which they are created.

    Args:
        time: cycle of creation, ascending, [M].
        source: endpoint that sends, [M].
        target: endpoint that receives, [M].
        flits: flits of the packet, [M].
    """

    time: npt.NDArray[np.int64]
    source: npt.NDArray[np.int32]
    target: npt.NDArray[np.int32]
    flits: npt.NDArray[np.int32]
