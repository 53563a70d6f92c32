"""Kernels of the networks, and the only place that chooses between their implementations.

`reference` is the definition. Every other backend is tested against it: output, final state and
every gradient. `auto` takes the fastest backend that can run; a backend asked for by name runs or
raises, and nothing falls back in silence.
"""

from __future__ import annotations

from types import ModuleType

from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.kernels import cpu, direct, fourier, reference
from polychrony.snn.surrogate import Surrogate

NEURON_BACKENDS = ("reference", "cpu")
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


def _neuron_backend(
    backend: str, x: Tensor, parameters: tuple[Tensor, ...], surrogate: Surrogate | None
) -> ModuleType:
    obstacle = cpu.obstacle(x, parameters, surrogate)
    chosen = _choose(backend, NEURON_BACKENDS, "reference" if obstacle else "cpu")
    if chosen == "cpu" and obstacle:
        raise SnnError(f"backend 'cpu' cannot run here: {obstacle}; use 'auto' or 'reference'")
    return cpu if chosen == "cpu" else reference


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
    chosen = _neuron_backend(backend, x, (decay, v_threshold), surrogate)
    outcome: tuple[Tensor, Tensor] = chosen.lif(
        x, v, decay, v_threshold, v_reset, surrogate, detach_reset
    )
    return outcome


def li(x: Tensor, v: Tensor, decay: Tensor, backend: str = "auto") -> tuple[Tensor, Tensor]:
    """Leaky integrator over time; see `reference.li` for arguments and returns."""
    chosen = _neuron_backend(backend, x, (decay,), None)
    outcome: tuple[Tensor, Tensor] = chosen.li(x, v, decay)
    return outcome


def delayed_linear(x: Tensor, kernel: Tensor, backend: str = "auto") -> Tensor:
    """Causal convolution over time; see `reference.delayed_linear` for arguments and returns.

    `auto` takes `reference` for a single tap, which is a plain linear layer, `direct` below 4 taps,
    where a transform costs more than it saves, and `fourier` from there on.
    """
    preferred = "fourier" if len(kernel) >= 4 else "direct" if len(kernel) > 1 else "reference"
    return _DELAYED_LINEAR[_choose(backend, DELAY_BACKENDS, preferred)](x, kernel)
