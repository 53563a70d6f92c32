"""Checks of what users hand to the layers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError


def check_sequence(x: Tensor, layer: str, features: int | None = None) -> None:
    """Raise SnnError unless `x` is a float tensor [T, B, ...], with `features` neurons if given."""
    if x.dim() < 3:
        raise SnnError(f"{layer}: input has shape {tuple(x.shape)}, expected [T, B, N], time first")
    if not x.is_floating_point():
        raise SnnError(f"{layer}: input is {x.dtype}; convert spikes with .float() first")
    if features is not None and (x.dim() != 3 or x.shape[2] != features):
        raise SnnError(
            f"{layer}: input has shape {tuple(x.shape)}, expected [T, B, {features}], time first"
        )


def check_state(state: Tensor, shape: tuple[int, ...], x: Tensor, layer: str) -> None:
    """Raise SnnError unless a carried state fits the input that goes on from it."""
    if tuple(state.shape) != shape:
        raise SnnError(
            f"{layer}: the carried state has shape {tuple(state.shape)}, this input needs {shape}; "
            "pass state=None to start at rest"
        )
    if state.device != x.device or state.dtype != x.dtype:
        raise SnnError(
            f"{layer}: the carried state is {state.dtype} on {state.device}, "
            f"the input {x.dtype} on {x.device}"
        )


def decay_factor(tau_mem: float | Tensor, dt: float, discretization: str) -> Tensor:
    """Factor of the membrane potential per step.

    `"exact"`: exp(-dt / tau_mem), the solution between steps; `"euler"`: 1 - dt / tau_mem.

    Args:
        tau_mem: membrane time constant, s, scalar or one per neuron.
        dt: duration of a step, s.
        discretization: `"exact"` or `"euler"`.

    Returns:
        The factor, shape of `tau_mem`, in [0, 1].

    Raises:
        SnnError: a time is not positive, the rule is unknown, or Euler's step exceeds tau_mem.
    """
    tau = torch.as_tensor(tau_mem, dtype=torch.float64)
    if not (math.isfinite(dt) and dt > 0):
        raise SnnError(f"dt is {dt} s; it must be above 0")
    if not bool((tau > 0).all()):
        raise SnnError(f"tau_mem is {tau_mem} s; it must be above 0")
    if discretization == "exact":
        return torch.exp(-dt / tau)
    if discretization != "euler":
        raise SnnError(f"discretization {discretization!r} is unknown; use 'exact' or 'euler'")
    if bool((tau < dt).any()):
        raise SnnError(f"Euler steps need tau_mem >= dt, but tau_mem is {tau_mem} s and dt {dt} s")
    return 1 - dt / tau
