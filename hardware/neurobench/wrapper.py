"""Graphs as models that the NeuroBench package takes."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from polychrony.hardware.decision import find_readout
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.neurobench.matrix import Matrix, spread
from polychrony.hardware.neurobench.static import parameters_of
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.readout import decide
from polychrony.snn.simulate import membrane_potentials, simulate


def neurobench_model(graph: NetworkGraph, readout: str | None = None) -> Any:
    """A graph as a `NeuroBenchModel`, for `neurobench.benchmarks.Benchmark`.

    It takes batches [B, T, N] of spike counts and gives potentials, or spikes, of its readout,
    [B, T, C]. The run is that of `simulate`; the package's hooks look on through layers that are
    called beside it, step by step: a `nn.Linear` for each projection, with the spikes before any
    delay, and neurons for each population. So the package's own `ParameterCount`, `Footprint`,
    `ConnectionSparsity`, `ActivationSparsity`, `SynapticOperations` and `MembraneUpdates` are those
    of `GraphAccount`, except that inputs with several events in a step make its whole layer
    multiply. `NeuronOperations` knows neurons of snntorch alone.

    Args:
        graph: the network, with one input population.
        readout: population that answers; the only output without one.

    Raises:
        HardwareError: the package is missing, or the network has no single input or readout.
    """
    try:
        from neurobench.models import NeuroBenchModel
        from snntorch import SpikingNeuron
    except ImportError as error:
        raise HardwareError(
            f"neurobench cannot be imported ({error}): pip install 'polychrony[neurobench]'"
        ) from error

    class Neurons(SpikingNeuron):  # type: ignore[misc]
        """Neurons as hooks see them: spikes they sent, and potentials before and after."""

        def __init__(self) -> None:
            nn.Module.__init__(self)  # without the buffers of snntorch
            self.init_hidden, self.output = True, False
            self.mem = torch.empty(0)

        def forward(self, spikes: Tensor, after: Tensor) -> Tensor:
            self.mem = after
            return spikes

    class GraphModel(NeuroBenchModel):  # type: ignore[misc]
        """A graph; see `neurobench_model`."""

        def __init__(self) -> None:
            super().__init__()
            self.add_activation_module(SpikingNeuron)
            self.net = _Net(graph, find_readout(graph, readout), Neurons)

        def __call__(self, batch: Tensor) -> Tensor:
            answer: Tensor = self.net(batch)
            return answer

        def __net__(self) -> nn.Module:
            return self.net

    if len(graph.inputs) != 1:
        raise HardwareError(f"the network has {len(graph.inputs)} inputs; exactly 1 is needed")
    return GraphModel()


def decided(potentials: Tensor) -> Tensor:
    """Classes of samples by a readout's potentials, a postprocessor of a `Benchmark`.

    Args:
        potentials: [B, T, C], as a `neurobench_model` gives them.

    Returns:
        int64 [B], see `polychrony.snn.decide`.
    """
    return decide(potentials.transpose(0, 1))


class _Net(nn.Module):
    """The layers through which hooks look on a graph's run."""

    def __init__(self, graph: NetworkGraph, readout: str, neurons: type[nn.Module]) -> None:
        super().__init__()
        self._graph, self._readout = graph, readout
        self._matrices = [Matrix.of(graph, p) for p in graph.projections]
        self.synapses = nn.ModuleList()
        self.delays = nn.ParameterList()
        for projection, matrix in zip(graph.projections, self._matrices, strict=True):
            weight = torch.from_numpy(spread(projection, matrix, projection.weight))
            layer = nn.Linear(weight.shape[1], matrix.n_out, bias=False, device="meta")
            layer.weight = nn.Parameter(weight, requires_grad=False)
            self.synapses.append(layer)
            if matrix.delayed:
                delay = torch.from_numpy(spread(projection, matrix, projection.delay))
                self.delays.append(nn.Parameter(delay, requires_grad=False))
        held = parameters_of(graph)
        self.biases = nn.ParameterList(
            nn.Parameter(torch.from_numpy(x.copy()), requires_grad=False) for x in held.biases
        )
        for number, values in enumerate(held.buffers):
            self.register_buffer(f"constant{number}", torch.from_numpy(values.copy()))
        self.neurons = nn.ModuleList(neurons() for p in graph if p.kind != "input")

    def forward(self, batch: Tensor) -> Tensor:
        counts = batch.transpose(0, 1).cpu().numpy()
        run = simulate(self._graph, counts)
        self._show_synapses(run)
        self._show_neurons(run)
        held: dict[str, npt.NDArray[Any]] = {**run.spikes, **run.potentials}
        found = held[self._readout]
        return torch.from_numpy(found.astype(np.float32)).transpose(0, 1).to(batch.device)

    def _show_synapses(self, run: Activity) -> None:
        rows = zip(self._graph.projections, self._matrices, self.synapses, strict=True)
        for projection, matrix, layer in rows:
            for sent in torch.from_numpy(run.spikes[projection.source]):
                layer(sent.repeat_interleave(matrix.taps, -1).to(layer.weight))

    def _show_neurons(self, run: Activity) -> None:
        rows = zip(self.neurons, membrane_potentials(self._graph, run), strict=True)
        for module, (name, potentials) in rows:
            after = torch.from_numpy(potentials)
            # Readouts have potentials but send nothing.
            silent = torch.empty(len(after), 0)
            sent = torch.from_numpy(run.spikes[name]) if name in run.spikes else silent
            cast(Any, module).mem = torch.zeros_like(after[0])
            for spikes, v in zip(sent, after, strict=True):
                module(spikes, v)
