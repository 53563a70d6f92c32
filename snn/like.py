"""Neurons as other libraries define them, under those libraries' own names of parameters."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.general_lif import GeneralLIF
from polychrony.snn.surrogate import Surrogate

Options = dict[str, Any]
Values = float | Tensor


def _spikingjelly(
    tau: float = 2.0,
    decay_input: bool = True,
    v_threshold: float = 1.0,
    v_reset: float | None = 0.0,
) -> Options:
    """`LIFNode`; `tau=inf, decay_input=False` is `IFNode`.

    H = V - (V - r) / tau + g * X with g = 1 / tau or 1, r = v_reset or 0; H >= v_threshold fires.
    With u = V - r it leaks to 0, where it starts.
    """
    if not tau > 1:
        raise SnnError(f"spikingjelly: tau is {tau} steps, it must be above 1")
    rest = 0.0 if v_reset is None else v_reset
    return {
        "decay": 1 - 1 / tau,
        "gain": 1 / tau if decay_input else 1.0,
        "v_threshold": v_threshold - rest,
        "reset": "subtract" if v_reset is None else "hard",
    }


def _snntorch(
    beta: Values,
    threshold: float = 1.0,
    reset_mechanism: Literal["subtract", "zero", "none"] = "subtract",
    reset_delay: bool = True,
) -> Options:
    """`Leaky`: U = clip(beta, 0, 1) * U + X - R * threshold, fires at U > threshold.

    R is the spike that the stored U stands for, so that by default a spike lowers the next step,
    and by the whole threshold, not by what the leak leaves of it.
    """
    resets = {
        "subtract": "late" if reset_delay else "once",
        "zero": "hard",  # zeroed before the leak of the next step: what zeroing at once gives too
        "none": "none",
    }
    if reset_mechanism not in resets:
        raise SnnError(
            f"snntorch: reset_mechanism is {reset_mechanism!r}; use {', '.join(map(repr, resets))}"
        )
    decay = torch.as_tensor(beta).detach().clamp(0, 1)
    reset = resets[reset_mechanism]
    return {"decay": decay, "v_threshold": threshold, "reset": reset, "strict": True}


def _norse(
    tau_mem_inv: Values = 100.0,
    tau_syn_inv: Values | None = None,
    v_leak: float = 0.0,
    v_th: float = 1.0,
    v_reset: float = 0.0,
    reset_method: Literal["value", "subtract"] = "value",
    *,
    dt: float,
) -> Options:
    """`LIFBoxCell`, or `LIFCell` where `tau_syn_inv` is given.

    I = (1 - dt * tau_syn_inv) * I + X (or I = X); V = V + dt * tau_mem_inv * (v_leak - V + I);
    fires at V > v_th. With u = V - v_leak it leaks to 0, where it starts.
    """
    if reset_method not in ("value", "subtract"):
        raise SnnError(f"norse: reset_method is {reset_method!r}; use 'value' or 'subtract'")
    if tau_syn_inv is not None and reset_method != "value":
        raise SnnError("norse: LIFCell resets to v_reset only; reset_method is one of LIFBoxCell")
    gain = dt * torch.as_tensor(tau_mem_inv, dtype=torch.float64)
    options: Options = {"decay": 1 - gain, "gain": gain, "strict": True}
    options["v_threshold"] = v_th - v_leak
    if tau_syn_inv is not None:
        options["decay_syn"] = 1 - dt * torch.as_tensor(tau_syn_inv, dtype=torch.float64)
    if reset_method == "subtract":
        return {**options, "reset": "subtract"}
    return {**options, "reset": "hard", "v_reset": v_reset - v_leak}


def _sinabs(
    tau_mem: Values,
    tau_syn: Values | None = None,
    spike_threshold: float = 1.0,
    spike_fn: Literal["multi", "max", "single"] = "multi",
    max_num_spikes_per_bin: int | None = None,
    reset_fn: Literal["subtract", "reset"] = "subtract",
    subtract_value: float | None = None,
    reset_value: float = 0.0,
    min_v_mem: float | None = None,
    norm_input: bool = True,
) -> Options:
    """`LIF`, `LIFSqueeze`, and with `tau_mem=inf, norm_input=False` `IAF`.

    I = a_syn * (I + X) (or I = X); V = a * V + g * I, a = exp(-1 / tau), g = 1 - a or 1; any number
    of spikes a step (`MultiSpike`), as many as `max_num_spikes_per_bin` (`MaxSpike`) or one
    (`SingleSpike`), at V >= spike_threshold; `MembraneSubtract` or `MembraneReset`, which adds
    reset_value to the potential of all neurons; then V is raised to `min_v_mem`.
    """
    most = {"multi": None, "max": max_num_spikes_per_bin, "single": 1}
    if spike_fn not in most or reset_fn not in ("subtract", "reset"):
        raise SnnError(
            f"sinabs: spike_fn is {spike_fn!r} and reset_fn {reset_fn!r}; use 'multi', 'max' or "
            "'single', and 'subtract' or 'reset'"
        )
    if (spike_fn == "max") != (max_num_spikes_per_bin is not None):
        raise SnnError("sinabs: max_num_spikes_per_bin goes with spike_fn 'max', and only with it")
    if reset_fn == "reset" and reset_value:
        raise SnnError(
            f"sinabs: MembraneReset adds reset_value={reset_value} in every step, also to neurons "
            "that did not fire; only 0 is a reset"
        )
    decay = torch.exp(-1 / torch.as_tensor(tau_mem, dtype=torch.float64))
    gain = 1 - decay if norm_input else torch.ones_like(decay)
    options: Options = {"decay": decay, "v_threshold": spike_threshold, "v_floor": min_v_mem}
    if tau_syn is not None:
        options["decay_syn"] = torch.exp(-1 / torch.as_tensor(tau_syn, dtype=torch.float64))
        gain = gain * options["decay_syn"]
    options |= {"gain": gain, "max_spikes": most[spike_fn]}
    if reset_fn == "reset":
        return {**options, "reset": "hard"}
    return {**options, "reset": "subtract", "amount": subtract_value}


_LIBRARIES: dict[str, Callable[..., Options]] = {
    "spikingjelly": _spikingjelly,
    "snntorch": _snntorch,
    "norse": _norse,
    "sinabs": _sinabs,
}


def like(
    library: str,
    dt: float = 1e-3,
    surrogate: Surrogate | None = None,
    detach_reset: bool = True,
    backend: str = "auto",
    **parameters: Any,
) -> GeneralLIF:
    """Neurons with the dynamics of a library's, see `polychrony.snn.LIF.like`."""
    if library not in _LIBRARIES:
        raise SnnError(f"no neurons like those of {library!r}; there are: {', '.join(_LIBRARIES)}")
    if not (math.isfinite(dt) and dt > 0):
        raise SnnError(f"dt is {dt} s; it must be above 0")
    make = _LIBRARIES[library]
    wanted = inspect.signature(make).parameters
    if unknown := [name for name in parameters if name not in wanted or name == "dt"]:
        allowed = ", ".join(name for name in wanted if name != "dt")
        raise SnnError(f"{library} has no parameter {unknown[0]!r} here; there are: {allowed}")
    missing = [
        n for n, p in wanted.items() if p.default is p.empty and n not in (*parameters, "dt")
    ]
    if missing:
        raise SnnError(f"{library} needs {missing[0]}")
    given = {**parameters, "dt": dt} if "dt" in wanted else parameters
    return GeneralLIF(
        **make(**given), dt=dt, surrogate=surrogate, detach_reset=detach_reset, backend=backend
    )
