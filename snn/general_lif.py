"""Leaky integrate-and-fire neurons with the options in which libraries differ."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor

from polychrony.snn import kernels
from polychrony.snn.errors import SnnError
from polychrony.snn.kernels import reference
from polychrony.snn.spiking import SpikingNeurons
from polychrony.snn.surrogate import Surrogate

Reset = Literal["hard", "subtract", "late", "once", "none"]


class GeneralLIFState(NamedTuple):
    """What a GeneralLIF layer carries from one step to the next."""

    v: Tensor
    """Membrane potential after the step, V, [B, ...]."""
    i: Tensor
    """Synaptic current, V, [B, ...]; zeros without `decay_syn`."""


class GeneralLIF(SpikingNeurons):
    """Leaky integrate-and-fire neurons whose order of leak, reset and spike is chosen.

        i[t] = decay_syn * i[t-1] + gain * x[t], or gain * x[t] without `decay_syn`
        h[t] = decay * v[t-1] + i[t] - v_threshold * r[t]
        s[t] = (h[t] >= v_threshold), or > with `strict`
        s[t] = min(floor(h[t] / v_threshold), max_spikes) where h[t] > 0 and else 0,
               with `max_spikes` above 1
        r[t] = (v[t-1] >= v_threshold), or > with `strict`, for resets `"late"` and `"once"`; else 0

        v[t] = v_reset where s[t] else h[t]         (`"hard"`)
        v[t] = h[t] - amount * s[t]                 (`"subtract"`)
        v[t] = h[t], a spike acts on the next step  (`"late"`)
        v[t] = h[t] - v_threshold * (s[t] - r[t])   (`"once"`)
        v[t] = h[t]                                 (`"none"`)

    At last v[t] is raised to `v_floor`. Every forward starts at rest, i[-1] = v[-1] = 0.

    `LIF.like` sets these options as a library has them.

    Args:
        decay: factor of the potential per step, in [0, 1], scalar or one per neuron.
        dt: duration of a step, s.
        decay_syn: factor of the synaptic current per step, in [0, 1]; None for no current.
        gain: factor of the input, scalar or one per neuron.
        v_threshold: firing threshold, V, above 0.
        reset: what a spike does, see above.
        v_reset: potential after a spike, V, for `"hard"`.
        amount: what `"subtract"` takes for each spike, V; v_threshold by default.
        strict: fire above the threshold only, not at it.
        v_floor: lowest potential, V; None for no bound.
        max_spikes: most spikes of a step; None for any number.
        surrogate: step function with a surrogate derivative; `ATan()` by default.
        detach_reset: let no gradient pass through the reset.
        backend: kernel to run. Compiled kernels have hard reset, and subtraction of the threshold
            with neurons that fire at it; `"auto"` takes `"reference"` for the rest.

    Raises:
        SnnError: an argument is out of its range, or a backend is named that does not have it.
    """

    decay: Tensor
    decay_syn: Tensor | None
    gain: Tensor

    def __init__(
        self,
        decay: float | Tensor,
        dt: float,
        decay_syn: float | Tensor | None = None,
        gain: float | Tensor = 1.0,
        v_threshold: float = 1.0,
        reset: Reset = "hard",
        v_reset: float = 0.0,
        amount: float | None = None,
        strict: bool = False,
        v_floor: float | None = None,
        max_spikes: int | None = 1,
        surrogate: Surrogate | None = None,
        detach_reset: bool = True,
        backend: str = "auto",
    ) -> None:
        hard = v_reset if reset == "hard" else None
        super().__init__(dt, v_threshold, hard, surrogate, detach_reset, backend)
        if reset not in get_args(Reset):
            raise SnnError(
                f"GeneralLIF: reset is {reset!r}; use one of {', '.join(get_args(Reset))}"
            )
        if amount is not None and reset != "subtract":
            raise SnnError(f"GeneralLIF: amount goes with reset 'subtract', not {reset!r}")
        if max_spikes is not None and max_spikes < 1:
            raise SnnError(f"GeneralLIF: max_spikes is {max_spikes}, at least 1 is needed")
        if max_spikes != 1 and (strict or reset in ("late", "once")):
            raise SnnError(
                "GeneralLIF: several spikes a step go with neither strict nor late reset"
            )
        if v_floor is not None and not v_floor < v_threshold:
            raise SnnError(f"GeneralLIF: v_floor is {v_floor} V, it must be below v_threshold")
        self.reset: Reset = reset
        self.amount = v_threshold if amount is None else amount
        self.strict = strict
        self.v_floor = v_floor
        self.max_spikes = max_spikes
        self._keep("decay", decay)
        self._keep("decay_syn", decay_syn)
        self._keep("gain", gain)
        for name, values in (("decay", self.decay), ("decay_syn", self.decay_syn)):
            if values is not None and not bool(((values >= 0) & (values <= 1)).all()):
                raise SnnError(f"GeneralLIF: {name} must lie in [0, 1] per step")
        if backend not in ("auto", "reference") and not self._compiles:
            raise SnnError(
                f"GeneralLIF: backend {backend!r} has neither reset {reset!r} with these options "
                "nor a floor nor several spikes a step; use 'auto' or 'reference'"
            )

    def _keep(self, name: str, values: float | Tensor | None) -> None:
        kept = None
        if values is not None:
            kept = torch.as_tensor(values).detach().to(torch.get_default_dtype()).clone()
        self.register_buffer(name, kept, persistent=False)

    @property
    def _compiles(self) -> bool:
        """Whether the kernels of LIF do all that is asked for."""
        plain = self.reset == "subtract" and not self.strict and self.amount == self.v_threshold
        return (self.reset == "hard" or plain) and self.v_floor is None and self.max_spikes == 1

    @property
    def beyond_graphs(self) -> str | None:
        """What a population of a graph cannot do of this, or None."""
        if self.decay_syn is not None:
            return "it has no synaptic current (tau_syn)"
        if self.max_spikes != 1:
            return "its neurons fire at most once a step, but these may fire more often"
        return None if self.v_floor is None else "it has no lowest potential (min_v_mem)"

    def forward_with_state(
        self, x: Tensor, state: GeneralLIFState | None = None
    ) -> tuple[Tensor, GeneralLIFState]:
        """Spikes of a sequence that goes on from `state`.

        Args:
            x: input, V, [T, B, ...].
            state: what an earlier call returned; None starts at rest.

        Returns:
            Spikes, and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        before: GeneralLIFState = self._start(x, state, GeneralLIFState)
        # In half precision, the next larger potential would be another threshold.
        exact = torch.float64 if x.dtype == torch.float64 else torch.float32
        current, v, i = (part.to(exact) for part in (x, *before))
        current = current * self.gain.to(exact)
        if self.decay_syn is not None:
            current, i = kernels.li(current, i, self.decay_syn.to(exact), self.backend)
        v_threshold = current.new_tensor(self.v_threshold)
        fires_at = v_threshold
        if self.strict:
            fires_at = torch.nextafter(v_threshold, current.new_tensor(float("inf")))
        decay = self.decay.to(exact)
        if self._compiles:
            spikes, v = kernels.lif(current, v, decay, fires_at, *self._options())
        else:
            spikes, v = reference.general_lif(
                current,
                v,
                decay,
                v_threshold,
                fires_at,
                self.reset,
                self.v_reset if self.v_reset is not None else self.amount,
                self.v_floor,
                self.max_spikes,
                self.surrogate,
                self.detach_reset,
            )
        return spikes.to(x.dtype), GeneralLIFState(v.to(x.dtype), i.to(x.dtype))

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        means = f"decay={self.decay.mean().item():.4g}, gain={self.gain.mean().item():.4g}"
        more = f"reset={self.reset!r}, strict={self.strict}, max_spikes={self.max_spikes}"
        return f"{means}, {more}, {super().extra_repr()}"
