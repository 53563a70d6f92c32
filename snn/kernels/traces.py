"""Spiking neurons run forward together with what local learning rules keep of them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.kernels.compiled import blocks
from polychrony.snn.kernels.compiled import traces as loops
from polychrony.snn.kernels.reference import reset
from polychrony.snn.kernels.surrogates import SURROGATES, compiled_form
from polychrony.snn.kernels.threads import share_threads
from polychrony.snn.surrogate import Surrogate

BACKENDS = ("reference", "cpu")


class Traced(NamedTuple):
    """Some steps of neurons and of their traces."""

    spikes: Tensor
    """[T, B, ...]"""
    slope: Tensor
    """Surrogate derivative Psi(u[t]) of every step, [T, B, ...]."""
    post: Tensor | None
    """Trace h[t] of every step, without that step's own slope, [T, B, ...]; None if not asked."""
    v: Tensor
    """Potential after the last step, [B, ...]."""
    trace: Tensor | None
    """Trace that the next step finds, [B, ...]."""


def reference(
    x: Tensor,
    v: Tensor,
    trace: Tensor | None,
    decay: Tensor,
    v_threshold: Tensor,
    v_reset: float | None,
    surrogate: Surrogate,
    lambda_post: float,
) -> Traced:
    """The definition, in plain torch; see `traced_lif` for arguments and returns."""
    spikes, slopes, past = [], [], []
    for current in x.unbind(0):
        u = v * decay + current
        fired = (u >= v_threshold).to(x.dtype)
        slope = surrogate.derivative(u - v_threshold)
        v = reset(u, fired, v_threshold, v_reset)
        spikes.append(fired)
        slopes.append(slope)
        if trace is not None:
            past.append(trace)
            trace = lambda_post * trace + slope

    def joined(steps: list[Tensor]) -> Tensor:
        return torch.stack(steps) if steps else torch.zeros_like(x)

    return Traced(joined(spikes), joined(slopes), None if trace is None else joined(past), v, trace)


def _compiled(
    x: Tensor,
    v: Tensor,
    trace: Tensor | None,
    decay: Tensor,
    v_threshold: Tensor,
    v_reset: float | None,
    surrogate: Surrogate,
    lambda_post: float,
) -> Traced:
    x, v = x.contiguous(), v.clone(memory_format=torch.contiguous_format)
    spikes, slope = torch.empty_like(x), torch.empty_like(x)
    neurons, n_samples = tuple(x.shape[2:]), x.shape[1]
    rows = torch.stack([value.to(x.dtype).expand(neurons) for value in (decay, v_threshold)])
    after = None if trace is None else trace.clone(memory_format=torch.contiguous_format)
    post = x.new_empty((0, *x.shape[1:])) if after is None else torch.empty_like(x)
    kind, a, b = compiled_form(surrogate)
    share_threads(x.numel())
    loops.forward(
        blocks.columns(x),
        v.view(-1).numpy(),
        (v if after is None else after).view(-1).numpy(),
        blocks.per_column(rows.flatten(1), n_samples),
        blocks.number(lambda_post, x.dtype),
        blocks.number(0.0 if v_reset is None else v_reset, x.dtype),
        v_reset is None,
        kind,
        blocks.number(a, x.dtype),
        blocks.number(b, x.dtype),
        blocks.columns(spikes),
        blocks.columns(slope),
        blocks.columns(post),
    )
    return Traced(spikes, slope, None if after is None else post, v, after)


def compiles(backend: str, x: Tensor, surrogate: Surrogate | None = None) -> bool:
    """Whether a call runs compiled; raises where it should but cannot."""
    if backend not in ("auto", *BACKENDS):
        raise SnnError(f"backend {backend!r} is unknown; there are: auto, {', '.join(BACKENDS)}")
    obstacle = _obstacle(x, surrogate)
    if backend == "cpu" and obstacle:
        raise SnnError(f"backend 'cpu' cannot run here: {obstacle}; use 'auto' or 'reference'")
    return backend != "reference" and obstacle is None


def _obstacle(x: Tensor, surrogate: Surrogate | None) -> str | None:
    """Why the compiled loops cannot run a call, or None if they can."""
    if x.device.type != "cpu":
        return f"the input is on {x.device}"
    if x.dtype not in (torch.float32, torch.float64):
        return f"the input is {x.dtype}; it takes float32 and float64"
    if surrogate is not None and not isinstance(surrogate, SURROGATES):
        return f"the surrogate {type(surrogate).__name__} has no compiled form"
    return None


@torch.no_grad()
def traced_lif(
    x: Tensor,
    v: Tensor,
    trace: Tensor | None,
    decay: Tensor,
    v_threshold: Tensor,
    v_reset: float | None,
    surrogate: Surrogate,
    lambda_post: float = 0.0,
    backend: str = "auto",
) -> Traced:
    """Leaky integrate-and-fire with the surrogate slope and its trace, forward only.

    u[t] = decay * v[t-1] + x[t];  s[t] = (u[t] >= v_threshold);  v[t]: u[t] after the reset;
    Psi[t] = surrogate derivative at u[t] - v_threshold;
    h[t+1] = lambda_post * h[t] + Psi[t], so that h[t] holds only slopes before step t.

    Args:
        x: input of every step, V, [T, B, ...].
        v: membrane potential before the first step, V, [B, ...].
        trace: h of the first step, 1/V, [B, ...]; None leaves the trace out.
        decay: factor of the potential per step, scalar or [...].
        v_threshold: firing threshold, V, scalar or [...].
        v_reset: potential after a spike, V, or None for soft reset.
        surrogate: whose derivative Psi is.
        lambda_post: factor of the trace per step.
        backend: `"reference"`, `"cpu"` (compiled), or `"auto"`: compiled where it can run.

    Returns:
        Spikes, slopes and traces of all steps, and the state after the last. No gradients.

    Raises:
        SnnError: the backend is unknown, or cannot run here.
    """
    run = _compiled if compiles(backend, x, surrogate) else reference
    return run(x, v, trace, decay, v_threshold, v_reset, surrogate, lambda_post)


def combine_reference(
    signal: Tensor,
    slope: Tensor,
    post: Tensor | None,
    alpha_pre: float,
    alpha_post: float,
    lambda_pre: float,
) -> tuple[Tensor, Tensor]:
    """The definition, in plain torch; see `combine` for arguments and returns."""
    carried, found = torch.zeros_like(signal[0]), []
    for t in range(len(signal) - 1, -1, -1):
        carried = lambda_pre * carried + alpha_pre * signal[t] * slope[t]
        found.append(carried if post is None else carried + alpha_post * signal[t] * post[t])
    return torch.stack(found[::-1]), lambda_pre * carried


@torch.no_grad()
def combine(
    signal: Tensor,
    slope: Tensor,
    post: Tensor | None,
    alpha_pre: float,
    alpha_post: float,
    lambda_pre: float,
    backend: str = "auto",
) -> tuple[Tensor, Tensor]:
    """What the inputs of some steps have to be multiplied with to give the update of a rule.

    With A[t] = alpha_pre m[t] Psi[t] and C[t] = alpha_post m[t] h[t], the update of these steps is
    sum A[t] (x) q[t] + C[t] (x) x[t], and q[t] = lambda_pre q[t-1] + x[t]. In another order of its
    terms it is  sum over s of D[s] (x) x[s]  +  F (x) q[-1], where
    D[s] = C[s] + sum over t >= s of lambda_pre^(t-s) A[t],  F = sum of lambda_pre^(t+1) A[t],
    which takes one outer product in place of two, and that with spikes.

    Args:
        signal: m, [T, B, ...], T at least 1.
        slope: Psi, [T, B, ...]; it is used up.
        post: h, [T, B, ...], or None.
        alpha_pre: share of the causal part.
        alpha_post: share of the other.
        lambda_pre: factor of q per step.
        backend: `"reference"`, `"cpu"` (compiled), or `"auto"`: compiled where it can run.

    Returns:
        D [T, B, ...] and F [B, ...].

    Raises:
        SnnError: the backend is unknown, or cannot run here.
    """
    if not compiles(backend, signal):
        return combine_reference(signal, slope, post, alpha_pre, alpha_post, lambda_pre)
    first = signal.new_zeros(signal.shape[1:])
    none = signal.new_empty((0, *signal.shape[1:]))
    share_threads(signal.numel())
    loops.combine(
        blocks.columns(signal.contiguous()),
        blocks.columns(slope),
        blocks.columns(none if post is None else post),
        blocks.number(alpha_pre, signal.dtype),
        blocks.number(alpha_post, signal.dtype),
        blocks.number(lambda_pre, signal.dtype),
        first.view(-1).numpy(),
    )
    return slope, first


def fade_reference(x: Tensor, before: Tensor, decay: float) -> Tensor:
    """The definition, in plain torch; see `fade` for arguments and returns."""
    for now in x.unbind(0):
        before = decay * before + now
    return before


@torch.no_grad()
def fade(x: Tensor, before: Tensor, decay: float, backend: str = "auto") -> Tensor:
    """Trace after some steps, q[t] = decay * q[t-1] + x[t], without those in between.

    Args:
        x: input, [T, B, ...].
        before: q before them, [B, ...].
        decay: factor per step.
        backend: `"reference"`, `"cpu"` (compiled), or `"auto"`: compiled where it can run.

    Raises:
        SnnError: the backend is unknown, or cannot run here.
    """
    if not compiles(backend, x):
        return fade_reference(x, before, decay)
    after = before.clone(memory_format=torch.contiguous_format)
    share_threads(x.numel())
    number = blocks.number(decay, x.dtype)
    loops.fade(blocks.columns(x.contiguous()), after.view(-1).numpy(), number)
    return after
