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
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_CURRENTS = {"v": layout.V, "isyn_exc": layout.G_EXC, "isyn_inh": layout.G_INH}
_TIMES = ("cm", "tau_m", "tau_syn_E", "tau_syn_I")
_CONDUCTANCES = {"v": layout.V, "gsyn_exc": layout.G_EXC, "gsyn_inh": layout.G_INH}


def _same_names(model: Any) -> Any:
    return build_translations(*((name, name) for name in model.default_parameters))


class IF_curr_exp(standard.IF_curr_exp):  # noqa: N801 - PyNN's name
    """Leaky integrate-and-fire cell with exponential synaptic currents."""

    translations = _same_names(standard.IF_curr_exp)
    recordable: ClassVar = ["spikes", *_CURRENTS]
    model, n_states, rows = layout.CURRENT, 5, _CURRENTS
    coefficients = staticmethod(partial(coefficients.current_based, alpha=False))
    positive = _TIMES


class IF_curr_alpha(standard.IF_curr_alpha):  # noqa: N801 - PyNN's name
    """Leaky integrate-and-fire cell with alpha-shaped synaptic currents."""

    translations = _same_names(standard.IF_curr_alpha)
    recordable: ClassVar = ["spikes", *_CURRENTS]
    model, n_states, rows = layout.CURRENT, 5, _CURRENTS
    coefficients = staticmethod(partial(coefficients.current_based, alpha=True))
    positive = _TIMES


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
    positive = _TIMES


class IF_cond_alpha(standard.IF_cond_alpha):  # noqa: N801 - PyNN's name
    """Leaky integrate-and-fire cell with alpha-shaped synaptic conductances."""

    translations = _same_names(standard.IF_cond_alpha)
    model, n_states, rows = layout.CONDUCTANCE, 5, _CONDUCTANCES
    coefficients = staticmethod(partial(coefficients.conductance_based, alpha=True))
    positive = _TIMES


class Izhikevich(standard.Izhikevich):
    """Izhikevich's cell; weights are jumps of the potential, mV."""

    translations = _same_names(standard.Izhikevich)
    model, n_states = layout.IZHIKEVICH, 2
    rows: ClassVar = {"v": layout.V, "u": layout.U}
    coefficients = staticmethod(coefficients.izhikevich)
    positive = ()


class EIF_cond_exp_isfa_ista(standard.EIF_cond_exp_isfa_ista):  # noqa: N801 - PyNN's name
    """Adaptive exponential cell with exponential synaptic conductances."""

    translations = _same_names(standard.EIF_cond_exp_isfa_ista)
    model, n_states = layout.ADAPTIVE, 6
    rows: ClassVar = {**_CONDUCTANCES, "w": layout.W}
    coefficients = staticmethod(partial(coefficients.adaptive, alpha=False))
    positive = (*_TIMES, "tau_w")


class EIF_cond_alpha_isfa_ista(standard.EIF_cond_alpha_isfa_ista):  # noqa: N801 - PyNN's name
    """Adaptive exponential cell with alpha-shaped synaptic conductances."""

    translations = _same_names(standard.EIF_cond_alpha_isfa_ista)
    model, n_states = layout.ADAPTIVE, 6
    rows: ClassVar = {**_CONDUCTANCES, "w": layout.W}
    coefficients = staticmethod(partial(coefficients.adaptive, alpha=True))
    positive = (*_TIMES, "tau_w")


class HH_cond_exp(standard.HH_cond_exp):  # noqa: N801 - PyNN's name
    """Cell with the channels of Traub and Miles and exponential synaptic conductances."""

    translations = _same_names(standard.HH_cond_exp)
    receptor_types = ("excitatory", "inhibitory")
    model, n_states = layout.CHANNELS, 8
    rows: ClassVar = {**_CONDUCTANCES, "m": layout.M, "h": layout.H, "n": layout.N}
    coefficients = staticmethod(coefficients.channels)
    positive = ("cm", "g_leak", "tau_syn_E", "tau_syn_I")


class SpikeSourceArray(standard.SpikeSourceArray):
    """Spikes at given times, ms."""

    translations = _same_names(standard.SpikeSourceArray)


class SpikeSourcePoisson(standard.SpikeSourcePoisson):
    """Spikes of a Poisson process."""

    translations = _same_names(standard.SpikeSourcePoisson)


class SpikeSourcePoissonRefractory(standard.SpikeSourcePoissonRefractory):
    """Spikes of a Poisson process with a dead time after each."""

    translations = _same_names(standard.SpikeSourcePoissonRefractory)
    positive = ("rate",)

    @staticmethod
    def intervals(p: Parameters, rng: np.random.Generator, cells: IntArray) -> FloatArray:
        """An interval for each of some cells, ms."""
        dead = p["tau_refrac"][cells]
        return dead + rng.exponential(1e3 / p["rate"][cells] - dead)


class SpikeSourceGamma(standard.SpikeSourceGamma):
    """Spikes at intervals of a gamma distribution."""

    translations = _same_names(standard.SpikeSourceGamma)
    positive = ("alpha", "beta")

    @staticmethod
    def intervals(p: Parameters, rng: np.random.Generator, cells: IntArray) -> FloatArray:
        """An interval for each of some cells, ms."""
        return rng.gamma(p["alpha"][cells], 1e3 / p["beta"][cells])


STANDARD_CELLS = {
    model.__name__: model
    for model in (
        IF_curr_exp,
        IF_curr_alpha,
        IF_curr_delta,
        IF_cond_exp,
        IF_cond_alpha,
        Izhikevich,
        EIF_cond_exp_isfa_ista,
        EIF_cond_alpha_isfa_ista,
        HH_cond_exp,
        SpikeSourceArray,
        SpikeSourcePoisson,
        SpikeSourcePoissonRefractory,
        SpikeSourceGamma,
    )
}


def as_floats(parameters: Parameters) -> dict[str, FloatArray]:
    """Parameters of a population as numbers, [N] each."""
    return {name: np.asarray(values, np.float64) for name, values in parameters.items()}
