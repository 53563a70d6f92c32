"""Networks of NIR as torch modules, synaptic currents included."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from polychrony.snn import kernels
from polychrony.snn.checks import check_sequence
from polychrony.snn.components import Component, Edge, components
from polychrony.snn.errors import SnnError
from polychrony.snn.exchange.nir.circuit import Circuit
from polychrony.snn.exchange.nir.errors import told_of
from polychrony.snn.exchange.nir.hdf5 import LIMIT
from polychrony.snn.exchange.nir.neurons import Cells
from polychrony.snn.exchange.nir.reader import Source, circuit_of, label_of
from polychrony.snn.exchange.nir.times import Discretization
from polychrony.snn.graph import Projection
from polychrony.snn.surrogate import ATan, Surrogate


def network_from_nir(
    source: Source,
    dt: float | None = None,
    discretization: Discretization | None = None,
    limit: int = LIMIT,
    surrogate: Surrogate | None = None,
) -> NirNetwork:
    """A torch network of a NIR file, or of a `nir.NIRGraph`, to run and to train.

    It takes what `from_nir` takes, and CubaLIF and CubaLI besides.

    Args:
        source: path of a file, or a `nir.NIRGraph`.
        dt: see `from_nir`.
        discretization: see `from_nir`.
        limit: see `from_nir`.
        surrogate: step function with a surrogate derivative; `ATan()` by default.

    Raises:
        NirError: see `from_nir`.
        SnnError: the network has not one input and one output.
    """
    with told_of(label_of(source)):
        return NirNetwork(circuit_of(source, dt, discretization, limit), surrogate)


class NirNetwork(nn.Module):
    """Populations joined by synapses with weights of their own and integer delays.

    Currents are summed in float64 and rounded once, as `simulate` does; convolutions are multiplied
    out, so that their weights are no longer shared if training goes on.

    Args:
        circuit: the network.
        surrogate: step function with a surrogate derivative; `ATan()` by default.

    Raises:
        SnnError: the network has not one input and one output.
    """

    def __init__(self, circuit: Circuit, surrogate: Surrogate | None = None) -> None:
        super().__init__()
        self.dt = circuit.dt
        inputs = [c.population for c in circuit.cells if c.population.kind == "input"]
        if len(inputs) != 1 or len(circuit.outputs) != 1:
            raise SnnError(
                f"the network has {len(inputs)} inputs and {len(circuit.outputs)} outputs; "
                "exactly one of each can be called as a module"
            )
        self.input_name, self.output_name = inputs[0].name, circuit.outputs[0]
        self.n_inputs = inputs[0].size
        names = [cells.population.name for cells in circuit.cells]
        self.neurons = nn.ModuleList(_Neurons(cells, surrogate) for cells in circuit.cells)
        self._place = {name: k for k, name in enumerate(names)}
        self.synapses = nn.ModuleList(
            _Synapses(
                p, *(circuit.cells[self._place[n]].population.size for n in (p.source, p.target))
            )
            for p in circuit.projections
        )
        edges = [
            Edge(p.source, p.target, float(p.delay.min()) if p.n_synapses else math.inf)
            for p in circuit.projections
        ]
        self._components = components(names, edges)

    def forward(self, x: Tensor) -> Tensor:
        """Spikes or potentials of the output, of samples that start at rest.

        Args:
            x: spikes or values of the input, [T, B, ...], as many as it has neurons.

        Returns:
            [T, B, N].
        """
        return self.activity(x)[self.output_name]

    def activity(self, x: Tensor) -> dict[str, Tensor]:
        """Spikes, or potentials of readouts, of every population by name, [T, B, N].

        Args:
            x: spikes or values of the input, [T, B, ...].

        Raises:
            SnnError: the input has another size.
        """
        check_sequence(x, "NirNetwork")
        flat = x.flatten(2)
        check_sequence(flat, "NirNetwork", self.n_inputs)
        found = {self.input_name: flat}
        for component in self._components:
            if component.names[0] != self.input_name:
                self._run(component, found, flat)
        return found

    def _run(self, component: Component, found: dict[str, Tensor], x: Tensor) -> None:
        """Run the populations of a component, a window of steps at a time."""
        n_steps, n_batch = x.shape[:2]
        totals = {name: self._outside(name, found, x) for name in component.names}
        window = component.window or max(n_steps, 1)
        inner = [
            each
            for each in self._synapse_list()
            if each.source in component.names and each.target in component.names
        ]
        reach = max((each.max_delay for each in inner), default=0)
        coming = {
            name: x.new_zeros((reach + window, n_batch, total.shape[2]), dtype=torch.float64)
            for name, total in totals.items()
        }
        states: dict[str, Any] = dict.fromkeys(component.names)
        fired: dict[str, list[Tensor]] = {name: [] for name in component.names}
        for first in range(0, n_steps, window):
            for name in component.names:
                current = totals[name][first : first + window]
                current = current + coming[name][: len(current)]
                neurons = self._neurons_of(name)
                spikes, states[name] = neurons(current, states[name], x.dtype)
                fired[name].append(spikes)
                for each in inner:
                    if each.source == name:
                        sent = each(spikes, reach + window - len(spikes))
                        coming[each.target] = coming[each.target] + sent
            for name, sums in coming.items():
                coming[name] = nn.functional.pad(sums[window:], (0, 0, 0, 0, 0, window))
        for name, parts in fired.items():
            found[name] = torch.cat(parts) if parts else x.new_zeros(totals[name].shape)

    def _outside(self, name: str, found: dict[str, Tensor], x: Tensor) -> Tensor:
        """Currents from populations that have run, [T, B, N], float64."""
        size = self._neurons_of(name).size
        total = x.new_zeros((*x.shape[:2], size), dtype=torch.float64)
        for each in self._synapse_list():
            if each.target == name and each.source in found:
                total = total + each(found[each.source], 0)
        return total

    def _neurons_of(self, name: str) -> _Neurons:
        neurons = self.neurons[self._place[name]]
        assert isinstance(neurons, _Neurons)
        return neurons

    def _synapse_list(self) -> list[_Synapses]:
        return [each for each in self.synapses if isinstance(each, _Synapses)]


class _State(NamedTuple):
    """What neurons carry from one window to the next."""

    i: Tensor
    v: Tensor


class _Neurons(nn.Module):
    """Neurons of one population."""

    decay: Tensor
    decay_syn: Tensor | None
    v_threshold: Tensor
    bias: Tensor

    def __init__(self, cells: Cells, surrogate: Surrogate | None) -> None:
        super().__init__()
        population = cells.population
        self.kind, self.size, self.v_reset = population.kind, population.size, population.v_reset
        self.surrogate = ATan() if surrogate is None else surrogate
        values = {
            "decay": population.decay,
            "decay_syn": cells.decay_syn,
            "v_threshold": population.v_threshold,
        }
        for name, value in values.items():
            tensor = None if value is None else torch.tensor(value)
            self.register_buffer(name, tensor, persistent=False)
        self.bias = nn.Parameter(torch.tensor(population.bias))

    def forward(
        self, total: Tensor, state: _State | None, dtype: torch.dtype
    ) -> tuple[Tensor, _State]:
        """Spikes or potentials of currents [W, B, N] in float64."""
        x = (total + self.bias.double()).to(dtype)
        zero = x.new_zeros(x.shape[1:])
        i, v = (zero, zero) if state is None else state
        decay, limit = self.decay.to(dtype), self.v_threshold.to(dtype)
        if self.kind == "li":
            if self.decay_syn is not None:
                x, i = kernels.li(x, i, self.decay_syn.to(dtype))
            trace, v = kernels.li(x, v, decay)
            return trace, _State(i, v)
        options = self.v_reset, self.surrogate, True
        if self.decay_syn is None:
            spikes, v = kernels.lif(x, v, decay, limit, *options)
        else:
            syn = self.decay_syn.to(dtype)
            spikes, i, v = kernels.cuba_lif(x, i, v, syn, decay, limit, *options)
        return spikes, _State(i, v)


class _Synapses(nn.Module):
    """Synapses of one projection, their weights as parameters."""

    rows: Tensor
    cols: Tensor
    delay: Tensor

    def __init__(self, projection: Projection, n_in: int, n_out: int) -> None:
        super().__init__()
        self.source, self.target = projection.source, projection.target
        self.n_in, self.n_out, self.max_delay = n_in, n_out, projection.max_delay
        self.weight = nn.Parameter(torch.tensor(projection.weight))
        indices = {"rows": projection.post, "cols": projection.pre, "delay": projection.delay}
        for name, values in indices.items():
            self.register_buffer(name, torch.tensor(values, dtype=torch.int64), persistent=False)

    def forward(self, spikes: Tensor, more: int) -> Tensor:
        """Currents of spikes [W, B, N_in] in the same steps and `more` after them, float64."""
        n_steps, n_batch = spikes.shape[:2]
        columns = spikes.double().flatten(0, 1).t()
        total = columns.new_zeros((n_steps + more, n_batch, self.n_out))
        for steps in torch.unique(self.delay).tolist():
            kept = min(n_steps, n_steps + more - steps)
            if kept <= 0:
                continue
            mine = self.delay == steps
            matrix = torch.sparse_coo_tensor(
                torch.stack([self.rows[mine], self.cols[mine]]),
                self.weight[mine].double(),
                (self.n_out, self.n_in),
                check_invariants=False,
            )
            sent = torch.sparse.mm(matrix, columns[:, : kept * n_batch])
            sent = sent.t().reshape(kept, n_batch, self.n_out)
            after = n_steps + more - steps - kept
            total = total + nn.functional.pad(sent, (0, 0, 0, 0, steps, after))
        return total
