"""The definition of every kernel: plain torch, any dtype, differentiable by autograd, slow."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from polychrony.snn.surrogate import Surrogate, staircase


def reset(h: Tensor, gate: Tensor, v_threshold: Tensor, v_reset: float | None) -> Tensor:
    """Potential after a step, from the one before reset and the spikes that cause it."""
    if v_reset is None:
        return h - v_threshold * gate
    return h * (1 - gate) + v_reset * gate


def lif(
    x: Tensor,
    v: Tensor,
    decay: Tensor,
    v_threshold: Tensor,
    v_reset: float | None,
    surrogate: Surrogate,
    detach_reset: bool,
) -> tuple[Tensor, Tensor]:
    """Leaky integrate-and-fire over time; equations in `polychrony.snn.LIF`.

    Args:
        x: input of every step, V, [T, B, ...].
        v: membrane potential before the first step, V, [B, ...].
        decay: factor of the potential per step, scalar or [...].
        v_threshold: firing threshold, V, scalar or [...].
        v_reset: potential after a spike, V, or None for soft reset.
        surrogate: step function with a surrogate derivative.
        detach_reset: let no gradient pass through the reset.

    Returns:
        Spikes [T, B, ...] and the potential after the last step [B, ...].
    """
    spikes = []
    for current in x.unbind(0):
        h = v * decay + current
        s = surrogate(h - v_threshold)
        spikes.append(s)
        v = reset(h, s.detach() if detach_reset else s, v_threshold, v_reset)
    return (torch.stack(spikes) if spikes else torch.zeros_like(x)), v


def li(x: Tensor, v: Tensor, decay: Tensor) -> tuple[Tensor, Tensor]:
    """Leaky integrator over time, v[t] = decay * v[t-1] + x[t].

    Args:
        x: input of every step, V, [T, B, ...].
        v: membrane potential before the first step, V, [B, ...].
        decay: factor of the potential per step, scalar or [...].

    Returns:
        Potentials [T, B, ...] and the last of them [B, ...].
    """
    trace = []
    for current in x.unbind(0):
        v = v * decay + current
        trace.append(v)
    return (torch.stack(trace) if trace else torch.zeros_like(x)), v


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
) -> tuple[Tensor, Tensor, Tensor]:
    """Current-based LIF over time; equations in `polychrony.snn.CubaLIF`.

    Args:
        x: input of every step, V, [T, B, ...].
        i: synaptic current before the first step, in units of its effect per step, V, [B, ...].
        v: membrane potential before the first step, V, [B, ...].
        decay_syn: factor of the current per step, scalar or [...].
        decay_mem: factor of the potential per step, scalar or [...].
        v_threshold: firing threshold, V, scalar or [...].
        v_reset: potential after a spike, V, or None for soft reset.
        surrogate: step function with a surrogate derivative.
        detach_reset: let no gradient pass through the reset.

    Returns:
        Spikes [T, B, ...]; current and potential after the last step, each [B, ...].
    """
    spikes = []
    for drive in x.unbind(0):
        i = i * decay_syn + drive
        h = v * decay_mem + i
        s = surrogate(h - v_threshold)
        spikes.append(s)
        v = reset(h, s.detach() if detach_reset else s, v_threshold, v_reset)
    return (torch.stack(spikes) if spikes else torch.zeros_like(x)), i, v


def multi_bit_lif(
    x: Tensor,
    v: Tensor,
    decay: Tensor,
    v_threshold: Tensor,
    levels: int,
    offset: float,
    surrogate: Surrogate,
    detach_reset: bool,
) -> tuple[Tensor, Tensor]:
    """LIF with spikes of several bits over time; equations in `polychrony.snn.MultiBitLIF`.

    Args:
        x: input of every step, V, [T, B, ...].
        v: membrane potential before the first step, V, [B, ...].
        decay: factor of the potential per step, scalar or [...].
        v_threshold: potential of one unit of a spike, V, scalar or [...].
        levels: largest spike.
        offset: added to the potential in units before it is rounded down.
        surrogate: gives the derivative of each step of the spike.
        detach_reset: let no gradient pass through the reset.

    Returns:
        Spikes [T, B, ...] and the potential after the last step [B, ...].
    """
    spikes = []
    for current in x.unbind(0):
        h = v * decay + current
        s = staircase(h, v_threshold, levels, offset, surrogate)
        spikes.append(s)
        v = h - v_threshold * (s.detach() if detach_reset else s)
    return (torch.stack(spikes) if spikes else torch.zeros_like(x)), v


def general_lif(
    x: Tensor,
    v: Tensor,
    decay: Tensor,
    v_threshold: Tensor,
    fires_at: Tensor,
    kind: str,
    after: float,
    v_floor: float | None,
    max_spikes: int | None,
    surrogate: Surrogate,
    detach_reset: bool,
) -> tuple[Tensor, Tensor]:
    """LIF with a choice of resets over time; equations in `polychrony.snn.GeneralLIF`.

    Args:
        x: input of every step, V, [T, B, ...].
        v: membrane potential before the first step, V, [B, ...].
        decay: factor of the potential per step, scalar or [...].
        v_threshold: firing threshold, V, scalar.
        fires_at: lowest potential that fires, V, scalar.
        kind: `"hard"`, `"subtract"`, `"late"`, `"once"` or `"none"`.
        after: potential after a spike (`"hard"`) or what a spike subtracts (`"subtract"`), V.
        v_floor: lowest potential, V, or None.
        max_spikes: most spikes of a step, or None for any number.
        surrogate: step function with a surrogate derivative.
        detach_reset: let no gradient pass through the reset.

    Returns:
        Spikes [T, B, ...] and the potential after the last step [B, ...].
    """
    spikes = []
    levels = 2**31 if max_spikes is None else max_spikes
    for current in x.unbind(0):
        h = v * decay + current
        pending = torch.zeros_like(h)
        if kind in ("late", "once"):
            pending = surrogate(v - fires_at)
            pending = pending.detach() if detach_reset else pending
            h = h - v_threshold * pending
        if levels == 1:
            s = surrogate(h - fires_at)
        else:
            s = staircase(h, v_threshold, levels, 0.0, surrogate)
        spikes.append(s)
        gate = s.detach() if detach_reset else s
        if kind == "hard":
            fired = gate.clamp(max=1)
            v = h * (1 - fired) + after * fired
        elif kind == "subtract":
            v = h - after * gate
        else:
            v = h - v_threshold * (gate - pending) if kind == "once" else h
        if v_floor is not None:
            v = v.clamp_min(v_floor)
    return (torch.stack(spikes) if spikes else torch.zeros_like(x)), v


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
) -> tuple[Tensor, Tensor, Tensor]:
    """Adaptive LIF over time, symplectic Euler; equations in `polychrony.snn.AdLIF`.

    Args:
        x: input of every step, V, [T, B, ...].
        v: membrane potential before the first step, V, [B, ...].
        w: adaptation before the first step, V, [B, ...].
        decay_mem: factor of the potential per step, scalar or [...].
        decay_adapt: factor of the adaptation per step, scalar or [...].
        a: adaptation per volt of potential, scalar or [...].
        b: adaptation per spike, V, scalar or [...].
        v_threshold: firing threshold, V, scalar or [...].
        v_reset: potential after a spike, V, or None for soft reset.
        surrogate: step function with a surrogate derivative.
        detach_reset: let no gradient pass through the reset.

    Returns:
        Spikes [T, B, ...]; potential and adaptation after the last step, each [B, ...].
    """
    spikes = []
    for drive in x.unbind(0):
        h = decay_mem * v + (1 - decay_mem) * (drive - w)
        s = surrogate(h - v_threshold)
        spikes.append(s)
        v = reset(h, s.detach() if detach_reset else s, v_threshold, v_reset)
        w = decay_adapt * w + (1 - decay_adapt) * (a * v + b * s)
    return (torch.stack(spikes) if spikes else torch.zeros_like(x)), v, w


def delayed_linear(x: Tensor, kernel: Tensor) -> Tensor:
    """Causal convolution over time, y[t] = sum over d of kernel[d] @ x[t - d].

    Args:
        x: input, [T, B, N_in].
        kernel: weight of each delay, [K, N_out, N_in], delays 0 to K - 1 steps.

    Returns:
        [T, B, N_out]; what would arrive after the last step is cut.
    """
    n_steps = x.shape[0]
    y = functional.linear(x, kernel[0])
    for d in range(1, min(len(kernel), n_steps)):
        late = functional.linear(x[: n_steps - d], kernel[d])
        y = y + functional.pad(late, (0, 0, 0, 0, d, 0))
    return y
