"""Kernels of the networks, and the only place that chooses between their implementations.

`reference` is the definition. Every other backend is tested against it: output, final state and
every gradient. `auto` takes the fastest backend that can run; a backend asked for by name runs or
raises, and nothing falls back in silence.
"""

from __future__ import annotations

from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.kernels import direct, fourier, operator, reference
from polychrony.snn.kernels.surrogates import SURROGATES
from polychrony.snn.surrogate import Surrogate

NEURON_BACKENDS = ("reference", *operator.BACKENDS)
DELAY_BACKENDS = ("reference", "direct", "fourier")
_DELAYED_LINEAR = {
    "reference": reference.delayed_linear,
    "direct": direct.delayed_linear,
    "fourier": fourier.delayed_linear,
}


def _choose(backend: str, known: tuple[str, ...], preferred: str) -> str:
    if backend == "auto":
        return preferred
    if backend not in known:
        raise SnnError(f"backend {backend!r} is unknown; there are: auto, {', '.join(known)}")
    return backend


def _obstacle(backend: str, x: Tensor, surrogate: Surrogate | None) -> str | None:
    """Why a compiled backend cannot run a call, or None if it can."""
    if surrogate is not None and not isinstance(surrogate, SURROGATES):
        return f"the surrogate {type(surrogate).__name__} has no compiled form"
    reason: str | None = operator.BACKENDS[backend].obstacle(x)
    return reason


def _neuron_backend(backend: str, x: Tensor, surrogate: Surrogate | None = None) -> str:
    if backend == "auto":
        runs = (name for name in operator.BACKENDS if _obstacle(name, x, surrogate) is None)
        return next(runs, "reference")
    chosen = _choose(backend, NEURON_BACKENDS, "reference")
    obstacle = None if chosen == "reference" else _obstacle(chosen, x, surrogate)
    if obstacle:
        raise SnnError(f"backend {chosen!r} cannot run here: {obstacle}; use 'auto' or 'reference'")
    return chosen


def lif(
    x: Tensor,
    v: Tensor,
    decay: Tensor,
    v_threshold: Tensor,
    v_reset: float | None,
    surrogate: Surrogate,
    detach_reset: bool,
    backend: str = "auto",
) -> tuple[Tensor, Tensor]:
    """Leaky integrate-and-fire over time; see `reference.lif` for arguments and returns."""
    options = (v_reset, surrogate, detach_reset)
    chosen = _neuron_backend(backend, x, surrogate)
    if chosen == "reference":
        return reference.lif(x, v, decay, v_threshold, *options)
    spikes, v = operator.run("lif", chosen, x, (v,), (decay, v_threshold), *options)
    return spikes, v


def li(x: Tensor, v: Tensor, decay: Tensor, backend: str = "auto") -> tuple[Tensor, Tensor]:
    """Leaky integrator over time; see `reference.li` for arguments and returns."""
    chosen = _neuron_backend(backend, x)
    if chosen == "reference":
        return reference.li(x, v, decay)
    trace, v = operator.run("li", chosen, x, (v,), (decay,))
    return trace, v


def cuba_lif(
    x: Tensor,
    i: Tensor,
    v: Tensor,
    decay_syn: Tensor,
    decay_mem: Tensor,
    v_threshold: Tensor,
    v_reset: float | None,
    surrogate: Surrogate,
    detach_reset: bool,
    backend: str = "auto",
) -> tuple[Tensor, Tensor, Tensor]:
    """Current-based LIF over time; see `reference.cuba_lif` for arguments and returns."""
    parameters = (decay_syn, decay_mem, v_threshold)
    options = (v_reset, surrogate, detach_reset)
    chosen = _neuron_backend(backend, x, surrogate)
    if chosen == "reference":
        return reference.cuba_lif(x, i, v, *parameters, *options)
    spikes, i, v = operator.run("cuba_lif", chosen, x, (i, v), parameters, *options)
    return spikes, i, v


def adlif(
    x: Tensor,
    v: Tensor,
    w: Tensor,
    decay_mem: Tensor,
    decay_adapt: Tensor,
    a: Tensor,
    b: Tensor,
    v_threshold: Tensor,
    v_reset: float | None,
    surrogate: Surrogate,
    detach_reset: bool,
    backend: str = "auto",
) -> tuple[Tensor, Tensor, Tensor]:
    """Adaptive LIF over time; see `reference.adlif` for arguments and returns."""
    parameters = (decay_mem, decay_adapt, a, b, v_threshold)
    options = (v_reset, surrogate, detach_reset)
    chosen = _neuron_backend(backend, x, surrogate)
    if chosen == "reference":
        return reference.adlif(x, v, w, *parameters, *options)
    spikes, v, w = operator.run("adlif", chosen, x, (v, w), parameters, *options)
    return spikes, v, w


def quickest(x: Tensor, kernel: Tensor) -> str:
    """Backend of `delayed_linear` that takes least time for a shape, as measured on two cores.

    See `benchmarks/choice.py`, which tells how far the choice is from the best.
    """
    taps = min(len(kernel), len(x))
    if taps <= 2:
        return "reference"
    work = x.numel() * kernel.shape[1]  # products of a single tap
    if work * taps * taps >= 8e7:
        return "fourier"
    return "reference" if taps < 5 and work >= 5e4 else "direct"


def delayed_linear(x: Tensor, kernel: Tensor, backend: str = "auto") -> Tensor:
    """Causal convolution over time; see `reference.delayed_linear` for arguments and returns.

    `auto` takes what `quickest` says.
    """
    preferred = quickest(x, kernel)
    return _DELAYED_LINEAR[_choose(backend, DELAY_BACKENDS, preferred)](x, kernel)
