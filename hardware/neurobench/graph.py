"""Metrics of graphs, whose synapses may have delays."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from polychrony.hardware.neurobench.matrix import Matrix
from polychrony.hardware.neurobench.report import Counted, NeuroBenchReport
from polychrony.hardware.neurobench.static import static_of_graph
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.simulate import membrane_potentials


class GraphAccount:
    """Account of a graph's runs.

    A projection counts as a linear layer with a weight for each pair of neurons, or several where
    pairs have several synapses; pairs without a synapse have a weight of 0. With delays each weight
    has one, a parameter as it is. A spike is one operation of each synapse that it meets, whenever
    it arrives: `Effective_ACs` = sum over spikes of their fan-out. Inputs that count several events
    in a step are values, so theirs are `Effective_MACs`, entry by entry. Potentials are those after
    the reset; readouts have some too, but no activations.

    Args:
        graph: the network.

    Raises:
        HardwareError: it has no synapses.
    """

    def __init__(self, graph: NetworkGraph) -> None:
        self.graph = graph
        self._matrices = [Matrix.of(graph, projection) for projection in graph.projections]
        self.static = static_of_graph(graph, self._matrices)
        self._counted = Counted()

    def record(self, activity: Activity) -> None:
        """Count one more batch of samples.

        Args:
            activity: what the network did, spikes of inputs included.

        Raises:
            GraphError: the activity does not belong to the network.
        """
        activity.check(self.graph)
        counted = self._counted
        counted.n_samples += activity.batch_size
        for projection, matrix in zip(self.graph.projections, self._matrices, strict=True):
            spikes = activity.spikes[projection.source]
            single = np.count_nonzero(spikes == 1, axis=(0, 1))
            several = np.count_nonzero(spikes > 1, axis=(0, 1))
            counted.acs += int(single @ matrix.fan_out)
            counted.macs += int(several @ matrix.fan_out)
            counted.dense += activity.n_steps * activity.batch_size * matrix.weights
        for population in self.graph:
            if population.kind == "lif":
                spikes = activity.spikes[population.name]
                counted.active += int(np.count_nonzero(spikes))
                counted.outputs += spikes.size
        for _, v in membrane_potentials(self.graph, activity):
            counted.membrane_updates += v[:1].size + int(np.count_nonzero(v[1:] != v[:-1]))

    def report(self) -> NeuroBenchReport:
        """Metrics of everything recorded.

        Raises:
            HardwareError: nothing has been recorded.
        """
        return self._counted.report(self.static)


def of_graph(graph: NetworkGraph, activities: Activity | Iterable[Activity]) -> NeuroBenchReport:
    """Metrics of runs of a graph, see `GraphAccount`.

    Args:
        graph: the network.
        activities: what it did, batch by batch, spikes of inputs included.

    Raises:
        HardwareError: the graph has no synapses, or there is nothing to count.
        GraphError: an activity does not belong to the graph.
    """
    account = GraphAccount(graph)
    for activity in [activities] if isinstance(activities, Activity) else activities:
        account.record(activity)
    return account.report()
