"""Projections: synapses between populations."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pyNN import common, errors
from pyNN.space import Space
from pyNN.standardmodels import check_weights

from polychrony.hardware.pynn import simulator
from polychrony.hardware.pynn.attributes import as_matrix
from polychrony.hardware.pynn.engine import Plasticity, ShortTerm, Synapses, Unreliable
from polychrony.hardware.pynn.engine.coefficients import steps
from polychrony.hardware.pynn.rules import rule_of
from polychrony.hardware.pynn.synapses import (
    SYNAPSES,
    SimpleStochasticSynapse,
    StaticSynapse,
    TsodyksMarkramSynapse,
)

FloatArray = npt.NDArray[np.float64]

_TIMING = {"delay", "tau_plus", "tau_minus", "dendritic_delay_fraction"}
_RECEPTORS = {"excitatory": 0, "inhibitory": 1}

MOST_STEPS = 1_000_000  # of a delay: the engine holds what is under way for as many steps


class Connection(common.Connection):
    """One synapse of a projection.

    Args:
        projection: the projection.
        index: number of the synapse in it.
    """

    projection: Projection
    index: int

    def __init__(self, projection: Projection, index: int) -> None:
        self.__dict__.update(projection=projection, index=index)

    @property
    def presynaptic_index(self) -> int:
        """Index of the cell that it comes from."""
        return int(self.projection.pre_index[self.index])

    @property
    def postsynaptic_index(self) -> int:
        """Index of the cell that it ends at."""
        return int(self.projection.post_index[self.index])

    def __getattr__(self, name: str) -> float:
        try:
            return float(self.projection.attribute(name)[self.index])
        except KeyError as error:
            raise AttributeError(f"a connection has no attribute {name!r}") from error

    def __setattr__(self, name: str, value: float) -> None:
        self.projection.change({name: value}, self.index)

    def as_tuple(self, *names: str) -> tuple[Any, ...]:
        """Values of some attributes."""
        return tuple(getattr(self, name) for name in names)


class Projection(common.Projection):
    """Synapses of one type between two populations, views or assemblies."""

    __doc__ = common.Projection.__doc__
    _simulator = simulator
    _static_synapse_class = StaticSynapse

    def __init__(
        self,
        presynaptic_neurons: Any,
        postsynaptic_neurons: Any,
        connector: Any,
        synapse_type: Any = None,
        source: Any = None,
        receptor_type: str | None = None,
        space: Any = None,
        label: str | None = None,
    ) -> None:
        if not getattr(postsynaptic_neurons, "receptor_types", True):
            raise errors.ConnectionError(
                f"{postsynaptic_neurons.label} has no synapses: spike sources receive nothing"
            )
        super().__init__(
            presynaptic_neurons,
            postsynaptic_neurons,
            connector,
            synapse_type,
            source,
            receptor_type,
            space or Space(),
            label,
        )
        if not isinstance(self.synapse_type, SYNAPSES):
            raise errors.InvalidModelError(
                f"{type(self.synapse_type).__name__} is no synapse of this simulator; it has "
                + ", ".join(synapse.__name__ for synapse in SYNAPSES)
            )
        self._parts: list[tuple[Any, int, dict[str, Any]]] = []
        connector.connect(self)
        self._attributes: dict[str, FloatArray] = {}
        self._dynamics: Plasticity | ShortTerm | Unreliable | None = None
        self._gather()
        self._initial_weight = self._attributes["weight"].copy()
        self._place()
        simulator.state.projections.append(self)

    def _convergent_connect(
        self,
        presynaptic_indices: Any,
        postsynaptic_index: int,
        location_selector: Any = None,
        **connection_parameters: Any,
    ) -> None:
        if location_selector is not None:
            raise NotImplementedError("cells have no compartments here: no location_selector")
        self._parts.append((presynaptic_indices, postsynaptic_index, connection_parameters))

    def _gather(self) -> None:
        sizes = [len(pre) for pre, _, _ in self._parts]
        joined = [np.asarray(pre, np.int64) for pre, _, _ in self._parts]
        self.pre_index = np.concatenate([*joined, np.zeros(0, np.int64)])
        self.post_index = np.repeat([int(post) for _, post, _ in self._parts], sizes).astype(int)
        for name in self.synapse_type.get_parameter_names():
            values = [
                np.broadcast_to(np.asarray(p[name], np.float64), (size,))
                for (_, _, p), size in zip(self._parts, sizes, strict=True)
            ]
            self._attributes[name] = np.concatenate([*values, np.zeros(0)])
        self._parts = []
        self._attributes["delay"] = self._on_the_grid(self._attributes["delay"])

    def _on_the_grid(self, delay: FloatArray) -> FloatArray:
        state = simulator.state
        slack = 1e-6 * state.dt
        longest = min(state.max_delay, MOST_STEPS * state.dt)
        # NaN is neither above nor below: what is inside is asked for.
        outside = ~((delay >= state.least_delay - slack) & (delay <= longest + slack))
        if outside.any():
            raise errors.ConnectionError(
                f"{self.label}: a delay of {delay[outside][0]:g} ms is out of range "
                f"[{state.least_delay:g}, {longest:g}] ms"
            )
        on_grid: FloatArray = np.round(steps(delay, state.dt) * state.dt, 9)
        return on_grid

    def _place(self) -> None:
        engine = simulator.state.engine
        self.synapses = Synapses(
            self.pre.columns[self.pre_index],
            self.post.columns[self.post_index],
            np.full(len(self), _RECEPTORS[self.receptor_type]),
            steps(self._attributes["delay"], simulator.state.dt),
            self._attributes["weight"],
        )
        engine.changed = True
        if self.plastic:
            self._dynamics = self._changing()
            engine.plastic.append(self._dynamics)
        else:
            engine.static.append(self.synapses)

    def _changing(self) -> Plasticity | ShortTerm | Unreliable:
        """What changes the strength of the synapses."""
        state, attributes = simulator.state, self._attributes
        n_cells, dt = state.engine.n_cells, state.dt
        if isinstance(self.synapse_type, TsodyksMarkramSynapse):
            return ShortTerm(self.synapses, {**attributes, "tau_psc": self._tau_syn()}, n_cells, dt)
        if isinstance(self.synapse_type, SimpleStochasticSynapse):
            seed = (state.seed, len(state.projections), 2)
            return Unreliable(self.synapses, attributes["p"], n_cells, seed)
        rule = rule_of(self.synapse_type, attributes)
        return Plasticity(self.synapses, rule, attributes, n_cells, dt)

    def _tau_syn(self) -> FloatArray:
        """Time constant of the receptor of each synapse, ms; 0 where potentials jump."""
        name = "tau_syn_E" if self.receptor_type == "excitatory" else "tau_syn_I"
        parts = self.post.populations if hasattr(self.post, "populations") else [self.post]
        taus = [
            np.broadcast_to(part.get(name), (part.size,))
            if part.celltype.has_parameter(name)
            else np.zeros(part.size)
            for part in parts
        ]
        values: FloatArray = np.concatenate(taus)[self.post_index]
        return values

    @property
    def plastic(self) -> bool:
        """Whether the strength of the synapses changes."""
        return not isinstance(self.synapse_type, StaticSynapse)

    def __len__(self) -> int:
        return len(self.pre_index)

    def __getitem__(self, i: int) -> Connection:
        if not -len(self) <= i < len(self):
            raise IndexError(f"{self.label} has {len(self)} connections, none of number {i}")
        return Connection(self, i % len(self))

    @property
    def connections(self) -> list[Connection]:
        """All synapses."""
        return [Connection(self, index) for index in range(len(self))]

    def attribute(self, name: str) -> npt.NDArray[Any]:
        """Values of an attribute, one per synapse."""
        if name == "presynaptic_index":
            return self.pre_index
        return self.post_index if name == "postsynaptic_index" else self._attributes[name]

    def change(self, values: dict[str, Any], index: Any = slice(None)) -> None:
        """Set attributes of synapses.

        Args:
            values: new values by name, one for each synapse or one for all.
            index: which synapses; all by default.

        Raises:
            NonExistentParameterError: the synapses have no such attribute.
            ConnectionError: a weight has the wrong sign, or a delay is out of range.
        """
        for name, value in values.items():
            if name not in self._attributes:
                raise errors.NonExistentParameterError(
                    name, type(self.synapse_type).__name__, list(self._attributes)
                )
            new = self._attributes[name].copy()
            new[index] = value
            if name == "weight":
                check_weights(new, self)
                self._initial_weight[index] = value
            self._attributes[name][:] = self._on_the_grid(new) if name == "delay" else new
        self.synapses.delay = steps(self._attributes["delay"], simulator.state.dt)
        engine = simulator.state.engine
        engine.changed = True
        simulator.state.altered |= engine.begun
        if self._dynamics is not None and set(values) & _TIMING:
            place = engine.plastic.index(self._dynamics)
            self._dynamics = engine.plastic[place] = self._changing()
        elif isinstance(self._dynamics, Plasticity):
            self._dynamics.rule = rule_of(self.synapse_type, self._attributes)

    def restore_weights(self) -> None:
        """Set the weights back to what they were before they learned."""
        self._attributes["weight"][:] = self._initial_weight

    def _set_attributes(self, parameter_space: Any) -> None:
        parameter_space.evaluate(simplify=True)
        values = {}
        for name, value in parameter_space.items():
            matrix = np.asarray(value, np.float64)
            values[name] = matrix[self.pre_index, self.post_index] if matrix.ndim else matrix
        self.change(values)

    def _set_initial_value_array(self, variable: str, initial_value: Any) -> None:
        raise errors.NonExistentParameterError(variable, type(self.synapse_type).__name__, [])

    def _get_attributes_as_list(self, names: Any) -> list[tuple[Any, ...]]:
        return list(zip(*(self.attribute(name).tolist() for name in names), strict=True))

    def _get_attributes_as_arrays(
        self, names: Any, multiple_synapses: str = "sum"
    ) -> list[FloatArray]:
        return [
            as_matrix(
                self.attribute(name),
                self.pre_index,
                self.post_index,
                self.shape,
                multiple_synapses,
            )
            for name in names
        ]
