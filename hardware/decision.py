"""Which class a run decides for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from polychrony.hardware.errors import HardwareError
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.readout import decide


def find_readout(graph: NetworkGraph, name: str | None = None) -> str:
    """Name of the population that decides.

    Args:
        graph: the network.
        name: a population, or None for the only output of the graph.

    Returns:
        Its name.

    Raises:
        HardwareError: none is named and there are several, or the one named is an input.
        GraphError: no population has that name.
    """
    if name is None:
        outputs = [population.name for population in graph.outputs if population.kind != "input"]
        if len(outputs) != 1:
            raise HardwareError(
                f"the network has {len(outputs)} outputs {outputs}; name the readout"
            )
        name = outputs[0]
    if graph[name].kind == "input":
        raise HardwareError(f"readout {name!r} is an input; it decides nothing")
    return name


def decisions(activity: Activity, readout: str) -> npt.NDArray[np.int64]:
    """Class of each sample.

    For a readout of kind li, argmax over classes of the sum over t of softmax(v[t]), as networks
    are trained; for spiking neurons, argmax of the spike counts, the first on a tie.

    Args:
        activity: the run.
        readout: name of the population that decides.

    Returns:
        int64 [B].
    """
    if readout in activity.potentials:
        potential = torch.from_numpy(np.ascontiguousarray(activity.potentials[readout]))
        return np.asarray(decide(potential).numpy(), dtype=np.int64)
    counts = activity.spikes[readout].sum(axis=0, dtype=np.int64)
    return np.asarray(counts.argmax(axis=1), dtype=np.int64)
