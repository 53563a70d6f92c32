"""The network as hardware sees it: populations, and synapses with weights and integer delays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from polychrony.snn.components import Component, Edge, components
from polychrony.snn.errors import GraphError

Kind = Literal["input", "lif", "li"]
FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]


def _frozen(values: Any, dtype: type, name: str, size: int) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.array(np.broadcast_to(np.asarray(values, dtype=dtype), (size,)))
    if not np.isfinite(array).all():
        raise GraphError(f"{name} holds NaN or infinite values; every parameter must be finite")
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class Resolution:
    """Whole numbers that a population was trained to count in.

    Its potentials are whole multiples of a unit; in units,

        h[t] = sgn(v[t-1]) * floor(|v[t-1]| * decay) + round(bias + I[t])
        s[t] = clip(floor(h[t] / v_threshold + o), 0, levels)

    with a decay that is a multiple of 1/4096, and o = 1/2 or 0. Neurons that fire lose
    v_threshold * s[t] with soft reset.

    Args:
        unit: of potential, V.
        weight_step: weights of all synapses are whole multiples of this, V; None if no step is
            common to all.
        levels: largest spike.
        nearest: whether spikes are rounded to the nearest (o = 1/2) or down (o = 0).
    """

    unit: float
    weight_step: float | None = None
    levels: int = 1
    nearest: bool = False

    def __post_init__(self) -> None:
        if not self.unit > 0:
            raise GraphError(f"unit is {self.unit} V; it must be above 0")
        if self.weight_step is not None and not self.weight_step > 0:
            raise GraphError(f"weight_step is {self.weight_step} V; it must be above 0")
        if not 1 <= self.levels <= 255:
            raise GraphError(f"levels is {self.levels}; spikes are counts from 1 to 255")


@dataclass(frozen=True, eq=False)
class Population:
    """Neurons of one kind that share a name.

        h[t] = decay * v[t-1] + bias + I[t]         (`"lif"`)
        s[t] = (h[t] >= v_threshold)
        v[t] = v_reset where s[t] else h[t]         (hard reset)
        v[t] = h[t] - v_threshold * s[t]            (soft reset, `v_reset=None`)

        v[t] = decay * v[t-1] + bias + I[t]         (`"li"`, no spikes)

    Spikes of an `"input"` come from outside. At rest, v[-1] = 0.

    Args:
        name: unique name in its graph.
        size: number of neurons.
        kind: `"input"`, `"lif"` or `"li"`.
        decay: factor of the membrane potential per step, scalar or [size], in [0, 1].
        v_threshold: firing threshold, V, scalar or [size], above 0; LIF only.
        v_reset: potential after a spike, V, or None for soft reset; LIF only.
        bias: constant input of every step, V, scalar or [size].
        resolution: whole numbers that it was trained to count in; None for real ones.

    Raises:
        GraphError: an argument is out of its range.
    """

    name: str
    size: int
    kind: Kind
    decay: FloatArray = field(default_factory=lambda: np.zeros((), np.float32))
    v_threshold: FloatArray = field(default_factory=lambda: np.ones((), np.float32))
    v_reset: float | None = 0.0
    bias: FloatArray = field(default_factory=lambda: np.zeros((), np.float32))
    resolution: Resolution | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise GraphError("a population needs a name")
        if self.kind not in ("input", "lif", "li"):
            raise GraphError(
                f"population {self.name!r}: kind {self.kind!r} is not input, lif or li"
            )
        if self.size < 1:
            raise GraphError(f"population {self.name!r}: size is {self.size}, at least 1 is needed")
        for key in ("decay", "v_threshold", "bias"):
            where = f"population {self.name!r}: {key}"
            try:
                values = _frozen(getattr(self, key), np.float32, where, self.size)
            except ValueError as error:
                raise GraphError(f"{where}: {error}") from error
            object.__setattr__(self, key, values)
        if ((self.decay < 0) | (self.decay > 1)).any():
            raise GraphError(f"population {self.name!r}: decay must lie in [0, 1] per step")
        if self.kind == "lif" and (self.v_threshold <= 0).any():
            raise GraphError(f"population {self.name!r}: v_threshold must be above 0")


@dataclass(frozen=True, eq=False)
class Projection:
    """Synapses from one population to another, one row each, sorted by source neuron.

    The current at step t is  I_j[t] = sum over synapses (i, j, w, d) of w * s_i[t - d].

    Args:
        source: name of the population that spikes.
        target: name of the population that receives.
        pre: source neuron of each synapse, [S].
        post: target neuron of each synapse, [S].
        weight: weight of each synapse, V per spike, [S].
        delay: delay of each synapse, steps >= 0, [S].

    Raises:
        GraphError: the columns differ in length or hold impossible values.
    """

    source: str
    target: str
    pre: IntArray
    post: IntArray
    weight: FloatArray
    delay: IntArray

    def __post_init__(self) -> None:
        columns = {"pre": np.int32, "post": np.int32, "weight": np.float32, "delay": np.int32}
        size = len(np.asarray(self.weight).reshape(-1))
        for key, dtype in columns.items():
            raw = np.asarray(getattr(self, key))
            if raw.shape != (size,):
                raise GraphError(f"{self.label}: {key} has shape {raw.shape}, expected ({size},)")
            if dtype is np.int32 and raw.dtype.kind not in "iu":
                raise GraphError(f"{self.label}: {key} must hold integers, not {raw.dtype}")
            object.__setattr__(self, key, _frozen(raw, dtype, f"{self.label}: {key}", size))
        for key in ("pre", "post", "delay"):
            if size and getattr(self, key).min() < 0:
                raise GraphError(f"{self.label}: {key} holds negative values")
        if (np.diff(self.pre) < 0).any():
            order = np.argsort(self.pre, kind="stable")
            for key in columns:
                values = getattr(self, key)[order]
                values.flags.writeable = False
                object.__setattr__(self, key, values)

    @classmethod
    def from_dense(
        cls, source: str, target: str, weight: npt.ArrayLike, delay: npt.ArrayLike = 0
    ) -> Projection:
        """Build a projection from matrices.

        Args:
            source: name of the population that spikes.
            target: name of the population that receives.
            weight: [N_out, N_in], or [N_out, N_in, taps] for several delays per pair. A weight of
                exactly 0 is no synapse.
            delay: steps, broadcast to the shape of `weight`.

        Returns:
            The projection, one synapse per weight; those of the same two neurons stay apart even
            where their delays are equal.
        """
        dense = np.atleast_3d(np.asarray(weight, dtype=np.float64))
        steps = np.asarray(delay)
        if steps.ndim == 2:  # one delay per pair; a last axis of its own counts taps
            steps = steps[:, :, np.newaxis]
        try:
            steps = np.broadcast_to(steps, dense.shape)
        except ValueError as error:
            raise GraphError(
                f"{source}->{target}: delays of shape {np.shape(delay)} do not fit weights of "
                f"shape {np.shape(weight)}"
            ) from error
        pre, post, tap = np.nonzero(dense.transpose(1, 0, 2))
        return cls(
            source,
            target,
            pre=pre.astype(np.int32),
            post=post.astype(np.int32),
            weight=dense[post, pre, tap].astype(np.float32),
            delay=steps[post, pre, tap].astype(np.int32),
        )

    @property
    def label(self) -> str:
        """`source->target`, as messages name it."""
        return f"{self.source}->{self.target}"

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return len(self.weight)

    @property
    def max_delay(self) -> int:
        """Longest delay, steps; 0 without synapses."""
        return int(self.delay.max(initial=0))


@dataclass(frozen=True, eq=False)
class NetworkGraph:
    """Populations and the projections between them, at one time step.

    Args:
        populations: every population, inputs included.
        projections: every projection; several may join the same two populations.
        dt: duration of a step, s.

    Raises:
        GraphError: names repeat or are missing, a synapse leaves its population, or populations
            form a loop without delay: along every loop, the shortest delays of its projections
            must add up to at least 1 step. A projection without synapses makes no loop.
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    dt: float

    def __post_init__(self) -> None:
        names = [population.name for population in self.populations]
        if len(set(names)) != len(names):
            raise GraphError(f"population names repeat: {sorted(names)}")
        if not self.dt > 0:
            raise GraphError(f"dt is {self.dt} s; it must be above 0")
        for projection in self.projections:
            self._check(projection)
        self.order()

    def _check(self, projection: Projection) -> None:
        for name, index in (
            (projection.source, projection.pre),
            (projection.target, projection.post),
        ):
            size = self[name].size
            if projection.n_synapses and int(index.max()) >= size:
                raise GraphError(
                    f"{projection.label}: neuron {int(index.max())} lies outside {name!r}, "
                    f"which has {size} neurons"
                )
        if self[projection.target].kind == "input":
            raise GraphError(f"{projection.label}: an input population cannot receive synapses")
        if self[projection.source].kind == "li":
            raise GraphError(f"{projection.label}: a population of kind li does not spike")

    def __getitem__(self, name: str) -> Population:
        for population in self.populations:
            if population.name == name:
                return population
        known = ", ".join(population.name for population in self.populations)
        raise GraphError(f"no population is called {name!r}; there are: {known}")

    def __iter__(self) -> Iterator[Population]:
        return iter(self.populations)

    def incoming(self, name: str) -> tuple[Projection, ...]:
        """Projections that end in a population."""
        return tuple(p for p in self.projections if p.target == name)

    def outgoing(self, name: str) -> tuple[Projection, ...]:
        """Projections that start in a population."""
        return tuple(p for p in self.projections if p.source == name)

    @property
    def inputs(self) -> tuple[Population, ...]:
        """Populations whose spikes come from outside."""
        return tuple(p for p in self.populations if p.kind == "input")

    @property
    def outputs(self) -> tuple[Population, ...]:
        """Populations that feed no other; they may feed themselves."""
        return tuple(
            p for p in self.populations if all(q.target == p.name for q in self.outgoing(p.name))
        )

    @property
    def n_synapses(self) -> int:
        """Number of synapses of all projections."""
        return sum(p.n_synapses for p in self.projections)

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """Names of populations that form loops, together, and of each other one alone, in order.

        Every projection leads from an earlier to a later component, or stays within one.
        """
        edges = [
            Edge(p.source, p.target, float(p.delay.min()) if p.n_synapses else inf)
            for p in self.projections
        ]
        return components([population.name for population in self.populations], edges)

    @cached_property
    def looped(self) -> dict[int, Component]:
        """The loop that each projection within one belongs to, by the projection's number."""
        of = {name: c for c in self.components if c.window is not None for name in c.names}
        return {
            index: of[p.source]
            for index, p in enumerate(self.projections)
            if p.n_synapses and p.source in of and of[p.source] is of.get(p.target)
        }

    @property
    def has_loops(self) -> bool:
        """Whether spikes come back to a population that sent them, perhaps through others."""
        return any(component.window is not None for component in self.components)

    def order(self) -> tuple[Population, ...]:
        """Populations component by component.

        Without loops, every projection leads from an earlier to a later one.
        """
        return tuple(self[name] for component in self.components for name in component.names)
