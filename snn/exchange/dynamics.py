"""Neurons of other kinds, as populations of a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from polychrony.snn.errors import SnnError
from polychrony.snn.general_lif import GeneralLIF, Reset
from polychrony.snn.graph import Population
from polychrony.snn.li import LI
from polychrony.snn.lif import LIF

Values = float | npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Dynamics:
    """Neurons of a layer that leak to 0 and start there.

        h[t] = decay * v[t-1] + gain * x[t] + self_weight * s[t-1]

    and on as in `polychrony.snn.Population`. All values are scalars or of the layer's shape.

    Args:
        decay: factor of the potential per step.
        gain: factor of the input.
        v_threshold: firing threshold, V.
        v_reset: potential after a spike, V; None for soft reset.
        strict: fire above the threshold only, not at it.
        self_weight: synapse of each neuron to itself, with a delay of 1 step, V; 0 for none.
        kind: `"lif"`, or `"li"` for neurons that do not fire.
    """

    decay: Values
    gain: Values = 1.0
    v_threshold: Values = 1.0
    v_reset: float | None = 0.0
    strict: bool = False
    self_weight: Values = 0.0
    kind: Literal["lif", "li"] = "lif"

    def population(
        self, name: str, shape: tuple[int, ...], bias: npt.NDArray[np.float64]
    ) -> Population:
        """The population of a layer.

        Args:
            name: its name.
            shape: shape of the layer.
            bias: constant of every step, V, [N].
        """
        threshold = np.asarray(self.v_threshold, np.float32)
        if self.strict:
            threshold = np.nextafter(threshold, np.float32(np.inf))
        return Population(
            name,
            len(bias),
            self.kind,
            decay=_flat(self.decay, shape),
            v_threshold=_flat(threshold, shape),
            v_reset=self.v_reset,
            bias=bias.astype(np.float32),
        )


def _flat(values: Any, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    array = np.asarray(values, np.float32)
    return array if array.ndim == 0 else np.broadcast_to(array, shape).reshape(-1)


def subtracting(
    decay: Values, gain: Values, v_threshold: Values, strict: bool, reset: Reset, amount: Values
) -> Dynamics:
    """Neurons whose potential is lowered by any amount after a spike, as they can stand in a graph.

    A population subtracts its threshold. What else is subtracted comes one step later, and so after
    a step of leak, from a synapse of each neuron to itself, of weight
    decay * (v_threshold - amount), or decay * v_threshold - amount where the library leaves out the
    leak (`"late"`).

    Args:
        decay: factor of the potential per step.
        gain: factor of the input.
        v_threshold: firing threshold, V.
        strict: fire above the threshold only.
        reset: `"subtract"`, `"late"` or `"none"`, see `polychrony.snn.GeneralLIF`.
        amount: what is subtracted, V; nothing with `"none"`.

    Raises:
        SnnError: the reset has no counterpart.
    """
    if reset not in ("subtract", "late", "none"):
        raise SnnError(
            f"reset {reset!r} has no counterpart in a graph: a potential that is still above "
            "threshold after a reset would have to change the threshold of the next step; train "
            "with the reset one step later (reset_delay=True), or to zero"
        )
    taken = 0.0 if reset == "none" else np.asarray(amount, np.float64)
    leaks = 1.0 if reset == "late" else np.asarray(decay, np.float64)
    back = np.asarray(decay, np.float64) * np.asarray(v_threshold, np.float64) - leaks * taken
    return Dynamics(decay, gain, v_threshold, None, strict, back)


def dynamics_of(label: str, neurons: Any) -> Dynamics:
    """What neurons of ours do, as a graph has it.

    Args:
        label: name of the layer, for messages.
        neurons: `LIF`, `LI` or `GeneralLIF`.

    Raises:
        SnnError: they have no counterpart in a graph.
    """
    if isinstance(neurons, LI):
        return Dynamics(_values(neurons.decay), kind="li")
    if isinstance(neurons, LIF):
        return Dynamics(_values(neurons.decay), 1.0, neurons.v_threshold, neurons.v_reset)
    if not isinstance(neurons, GeneralLIF):
        raise SnnError(
            f"{label}: {type(neurons).__name__} has no place in a graph; use LIF, LI or LIF.like"
        )
    if obstacle := neurons.beyond_graphs:
        raise SnnError(f"{label} has no place in a graph: {obstacle}")
    decay, gain = _values(neurons.decay), _values(neurons.gain)
    if neurons.reset == "hard":
        return Dynamics(decay, gain, neurons.v_threshold, neurons.v_reset, neurons.strict)
    try:
        return subtracting(
            decay, gain, neurons.v_threshold, neurons.strict, neurons.reset, neurons.amount
        )
    except SnnError as error:
        raise SnnError(f"{label}: {error}") from error


def _values(tensor: Any) -> npt.NDArray[np.float64]:
    array: npt.NDArray[np.float64] = tensor.detach().cpu().double().numpy()
    return array
