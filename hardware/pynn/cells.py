"""Cell types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pyNN.standardmodels import build_translations
from pyNN.standardmodels import cells as standard

from polychrony.hardware.pynn.engine import coefficients, layout

Parameters = Mapping[str, npt.NDArray[Any]]

_CURRENTS = {"v": layout.V, "isyn_exc": layout.G_EXC, "isyn_inh": layout.G_INH}
_CONDUCTANCES = {"v": layout.V, "gsyn_exc": layout.G_EXC, "gsyn_inh": layout.G_INH}


def _same_names(model: Any) -> Any:
    return build_translations(*((name, name) for name in model.default_parameters))


class IF_curr_exp(standard.IF_curr_exp):  # noqa: N801 - PyNN's name
    """Leaky integrate-and-fire cell with exponential synaptic currents."""

    translations = _same_names(standard.IF_curr_exp)
    recordable: ClassVar = ["spikes", *_CURRENTS]
    model, n_states, rows = layout.CURRENT, 5, _CURRENTS
    coefficients = staticmethod(partial(coefficients.current_based, alpha=False))
    positive = ("cm", "tau_m", "tau_syn_E", "tau_syn_I")


class IF_curr_alpha(standard.IF_curr_alpha):  # noqa: N801 - PyNN's name
    """Leaky integrate-and-fire cell with alpha-shaped synaptic currents."""

    translations = _same_names(standard.IF_curr_alpha)
    recordable: ClassVar = ["spikes", *_CURRENTS]
    model, n_states, rows = layout.CURRENT, 5, _CURRENTS
    coefficients = staticmethod(partial(coefficients.current_based, alpha=True))
    positive = ("cm", "tau_m", "tau_syn_E", "tau_syn_I")


class IF_curr_delta(standard.IF_curr_delta):  # noqa: N801 - PyNN's name
    """Leaky integrate-and-fire cell whose potential jumps by the weight, mV."""

    translations = _same_names(standard.IF_curr_delta)
    model, n_states = layout.DELTA, 1
    rows: ClassVar = {"v": layout.V}
    coefficients = staticmethod(coefficients.delta)
    positive = ("cm", "tau_m")


class IF_cond_exp(standard.IF_cond_exp):  # noqa: N801 - PyNN's name
    """Leaky integrate-and-fire cell with exponential synaptic conductances."""

    translations = _same_names(standard.IF_cond_exp)
    model, n_states, rows = layout.CONDUCTANCE, 5, _CONDUCTANCES
    coefficients = staticmethod(partial(coefficients.conductance_based, alpha=False))
    positive = ("cm", "tau_m", "tau_syn_E", "tau_syn_I")


class IF_cond_alpha(standard.IF_cond_alpha):  # noqa: N801 - PyNN's name
    """Leaky integrate-and-fire cell with alpha-shaped synaptic conductances."""

    translations = _same_names(standard.IF_cond_alpha)
    model, n_states, rows = layout.CONDUCTANCE, 5, _CONDUCTANCES
    coefficients = staticmethod(partial(coefficients.conductance_based, alpha=True))
    positive = ("cm", "tau_m", "tau_syn_E", "tau_syn_I")


class Izhikevich(standard.Izhikevich):
    """Izhikevich's cell; weights are jumps of the potential, mV."""

    translations = _same_names(standard.Izhikevich)
    model, n_states = layout.IZHIKEVICH, 2
    rows: ClassVar = {"v": layout.V, "u": layout.U}
    coefficients = staticmethod(coefficients.izhikevich)
    positive = ()


class SpikeSourceArray(standard.SpikeSourceArray):
    """Spikes at given times, ms."""

    translations = _same_names(standard.SpikeSourceArray)


class SpikeSourcePoisson(standard.SpikeSourcePoisson):
    """Spikes of a Poisson process."""

    translations = _same_names(standard.SpikeSourcePoisson)


STANDARD_CELLS = {
    model.__name__: model
    for model in (
        IF_curr_exp,
        IF_curr_alpha,
        IF_curr_delta,
        IF_cond_exp,
        IF_cond_alpha,
        Izhikevich,
        SpikeSourceArray,
        SpikeSourcePoisson,
    )
}


def as_floats(parameters: Parameters) -> dict[str, npt.NDArray[np.float64]]:
    """Parameters of a population as numbers, [N] each."""
    return {name: np.asarray(values, np.float64) for name, values in parameters.items()}
