"""Layered spiking networks with delays in every layer."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from polychrony.snn.delays.base import DelayState
from polychrony.snn.delays.linear import DelayedLinear
from polychrony.snn.delays.recurrent import DelayedRecurrent
from polychrony.snn.dropout import SequenceDropout
from polychrony.snn.errors import SnnError
from polychrony.snn.fixed_point import FixedPointLIF
from polychrony.snn.late import LateArrivals, LateState
from polychrony.snn.li import LI, LIState
from polychrony.snn.lif import LIF
from polychrony.snn.norm import TemporalBatchNorm
from polychrony.snn.spiking import SpikingNeurons
from polychrony.snn.surrogate import Surrogate

DelayMode = Literal["learned", "fixed", "none"]
Lateness = Sequence[float] | Mapping[str, Sequence[float]]


class NetworkState(NamedTuple):
    """What a network carries from one step to the next."""

    delays: tuple[DelayState, ...]
    """State of each delayed layer, hidden layers first."""
    hidden: tuple[Any, ...]
    """State of each hidden layer's neurons."""
    readout: LIState
    """State of the readout."""
    late: tuple[LateState, ...]
    """Spikes on their way to each delayed layer."""


class HiddenBlock(nn.Module):
    """One hidden layer: delayed synapses, batch normalisation, spiking neurons, dropout.

    The neurons may be joined among themselves.
    """

    def __init__(
        self,
        synapses: DelayedLinear,
        neurons: SpikingNeurons | DelayedRecurrent,
        dropout: float,
        norm: bool,
    ) -> None:
        super().__init__()
        self.synapses = synapses
        width = synapses.out_features
        self.norm: nn.Module = TemporalBatchNorm(width) if norm else nn.Identity()
        self.neurons = neurons
        self.dropout = SequenceDropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Spikes [T, B, N_out] of spikes [T, B, N_in]."""
        current = self.synapses(x.to(self._sums(x)))
        spikes: Tensor = self.dropout(self._fire(current, x.dtype)[0])
        return spikes

    def forward_with_state(
        self, x: Tensor, past: DelayState | None = None, state: Any = None
    ) -> tuple[Tensor, DelayState, Any]:
        """Spikes of a sequence that goes on from states, and the states after it.

        Args:
            x: spikes, [T, B, N_in].
            past: state of the synapses; None if nothing happened before.
            state: state of the neurons; None starts at rest.
        """
        sums = self._sums(x)
        if past is not None:
            past = DelayState(past.past.to(sums))
        current, past = self.synapses.forward_with_state(x.to(sums), past)
        spikes, state = self._fire(current, x.dtype, state)
        return self.dropout(spikes), DelayState(past.past.to(x.dtype)), state

    def _sums(self, x: Tensor) -> torch.dtype:
        """Dtype of currents: wider where feedback joins them before they are rounded."""
        if self._is_fixed:
            return torch.float64
        late = isinstance(self.neurons, DelayedRecurrent) and self.neurons.sums_exactly
        return torch.float64 if late and isinstance(self.norm, nn.Identity) else x.dtype

    @property
    def _is_fixed(self) -> bool:
        """Whether potentials are whole numbers, which float64 holds; so are spikes then."""
        return isinstance(getattr(self.neurons, "neurons", self.neurons), FixedPointLIF)

    def _fire(self, current: Tensor, dtype: torch.dtype, state: Any = None) -> tuple[Tensor, Any]:
        current = self.norm(current)
        if isinstance(self.neurons, DelayedRecurrent):
            dtype = current.dtype if self._is_fixed else dtype
            return self.neurons.forward_with_state(current, state, dtype)
        return self.neurons.forward_with_state(current, state)

    @torch.no_grad()
    def fold_norm(self) -> None:
        """Move the batch normalisation into weights and bias, in place."""
        if not isinstance(self.norm, TemporalBatchNorm):
            return
        if parametrize.is_parametrized(self.synapses, "weight"):
            raise SnnError(
                "batch normalisation cannot move into weights that are quantized; use "
                "polychrony.snn.quantization.deployed(network)"
            )
        scale, shift = self.norm.scale_and_shift()
        weight, bias = self.synapses.weight, self.synapses.bias
        if bias is not None:
            shift = shift + bias.double() * scale
        weight.copy_(weight.double() * scale.view(-1, 1, 1))
        self.synapses.bias = nn.Parameter(shift.to(weight.dtype))
        self.norm = nn.Identity()


class SpikingNetwork(nn.Module):
    """Layers of spiking neurons joined by delayed synapses, with a leaky-integrator readout.

    Each hidden layer: DelayedLinear -> batch normalisation -> LIF, or the neurons that `neurons`
    makes -> dropout; then DelayedLinear -> LI. Delays stand in every layer, the first and the
    readout included. With `recurrent`, the neurons of each hidden layer are joined among
    themselves, see `DelayedRecurrent`; that feedback is neither normalised nor late in training.

    Args:
        n_inputs: number of input neurons.
        hidden: width of each hidden layer.
        n_classes: number of readout neurons.
        dt: duration of a step, s.
        tau_mem: membrane time constant of all neurons, s.
        max_delay: longest delay, steps.
        delays: `"learned"`; `"fixed"`, random integers that stay; or `"none"`.
        kernel: shape of the delay kernels; see `DelayedLinear`.
        taps: synapses per pair of neurons.
        dropout: probability that a hidden neuron is silent for a whole sample.
        v_threshold: firing threshold, V.
        v_reset: potential after a spike, V, or None for soft reset.
        surrogate: surrogate gradient of the neurons.
        discretization: `"exact"` or `"euler"`; see `LIF`.
        norm: whether hidden currents are batch-normalised.
        connectivity: part of its possible synapses that each neuron has, drawn at random; see
            `DelayedLinear`. It holds for every layer but feedback.
        recurrent: longest delay of synapses within each hidden layer, steps; 0 for none. Their
            delays are learned or fixed like the others; with `delays="none"` they take 1 step.
        lateness: probabilities that a spike is 0, 1, ... steps late in training; see
            `LateArrivals`. One distribution for all senders, or one for each of some by name:
            `input`, `hidden1`, `hidden2`, ... None is never late.
        neurons: makes the neurons of a hidden layer from its width, as
            `lambda width: AdLIF(width, dt)`; None makes LIF of the arguments above. Only LIF can
            be exported to hardware.

    Raises:
        SnnError: an argument is out of its range.

    Reference:
        Hammouamri et al., ICLR 2024, section 3. Here outputs are as long as inputs.
    """

    def __init__(
        self,
        n_inputs: int,
        hidden: Sequence[int],
        n_classes: int,
        *,
        dt: float,
        tau_mem: float,
        max_delay: int,
        delays: DelayMode = "learned",
        kernel: Literal["gauss", "triangle", "linear"] = "gauss",
        taps: int = 1,
        dropout: float = 0.0,
        v_threshold: float = 1.0,
        v_reset: float | None = 0.0,
        surrogate: Surrogate | None = None,
        discretization: Literal["exact", "euler"] = "exact",
        norm: bool = True,
        lateness: Lateness | None = None,
        recurrent: int = 0,
        connectivity: float = 1.0,
        neurons: Callable[[int], SpikingNeurons] | None = None,
    ) -> None:
        super().__init__()
        if delays not in ("learned", "fixed", "none"):
            raise SnnError(f"delays is {delays!r}; use 'learned', 'fixed' or 'none'")
        if not hidden:
            raise SnnError("a SpikingNetwork needs at least one hidden layer")
        self.dt = dt
        if recurrent < 0:
            raise SnnError(f"recurrent is {recurrent} steps; it cannot be negative")
        longest = 0 if delays == "none" else max_delay

        def synapses(n_in: int, n_out: int) -> DelayedLinear:
            layer = DelayedLinear(
                n_in,
                n_out,
                longest,
                kernel,
                taps,
                learn_delays=delays == "learned",
                connectivity=connectivity,
            )
            bound = (6 / layer.fan_in) ** 0.5
            nn.init.uniform_(layer.weight, -bound, bound)
            layer.cut()
            return layer

        def lif(width: int) -> LIF:
            return LIF(
                tau_mem,
                dt,
                v_threshold,
                v_reset,
                surrogate,
                detach_reset=True,
                discretization=discretization,
            )

        def joined(width: int) -> SpikingNeurons | DelayedRecurrent:
            cells = (neurons or lif)(width)
            if not recurrent:
                return cells
            feedback = 1 if delays == "none" else recurrent
            learn = delays == "learned"
            return DelayedRecurrent(cells, width, feedback, kernel, taps, learn_delays=learn)

        widths = [n_inputs, *hidden]
        self.hidden = nn.ModuleList(
            HiddenBlock(synapses(n_in, n_out), joined(n_out), dropout, norm)
            for n_in, n_out in itertools.pairwise(widths)
        )
        self.readout_synapses = synapses(widths[-1], n_classes)
        self.readout = LI(tau_mem, dt, discretization=discretization)
        self.arrivals = _arrivals(lateness, len(hidden))

    @property
    def blocks(self) -> list[HiddenBlock]:
        """The hidden layers, first to last."""
        return [block for block in self.hidden if isinstance(block, HiddenBlock)]

    @property
    def delayed_layers(self) -> list[DelayedLinear]:
        """Every layer of synapses from one layer of neurons to the next, first to last."""
        return [*(block.synapses for block in self.blocks), self.readout_synapses]

    @property
    def feedback_layers(self) -> list[DelayedLinear]:
        """Synapses within each hidden layer, first to last; one step of their delay is left out."""
        blocks = [block.neurons for block in self.blocks]
        return [each.synapses for each in blocks if isinstance(each, DelayedRecurrent)]

    @property
    def late_arrivals(self) -> list[LateArrivals]:
        """How late spikes come to each layer of synapses, first to last."""
        return [module for module in self.arrivals if isinstance(module, LateArrivals)]

    def forward(self, x: Tensor) -> Tensor:
        """Readout potential of every step, for samples that start at rest.

        Args:
            x: input spikes, [T, B, n_inputs].

        Returns:
            Membrane potential of the readout, V, [T, B, n_classes].
        """
        for arrive, block in zip(self.arrivals, self.hidden, strict=False):
            x = block(arrive(x))
        trace: Tensor = self.readout(self.readout_synapses(self.arrivals[-1](x)))
        return trace

    def forward_with_state(
        self, x: Tensor, state: NetworkState | None = None
    ) -> tuple[Tensor, NetworkState]:
        """Readout potential of every step, for samples that go on from `state`.

        Args:
            x: input spikes, [T, B, n_inputs].
            state: what an earlier call returned; None starts at rest.

        Returns:
            Membrane potential of the readout [T, B, n_classes], and the state after the last step.

        Raises:
            SnnError: the input or the state has a wrong shape, dtype or device.
        """
        delays: list[DelayState] = []
        hidden: list[Any] = []
        late: list[LateState] = []
        for index, block in enumerate(self.blocks):
            x, under_way = self.late_arrivals[index].forward_with_state(
                x, state and state.late[index]
            )
            late.append(under_way)
            x, past, neurons = block.forward_with_state(
                x, state and state.delays[index], state and state.hidden[index]
            )
            delays.append(past)
            hidden.append(neurons)
        x, under_way = self.late_arrivals[-1].forward_with_state(x, state and state.late[-1])
        x, past = self.readout_synapses.forward_with_state(x, state and state.delays[-1])
        x, readout = self.readout.forward_with_state(x, state and state.readout)
        return x, NetworkState((*delays, past), tuple(hidden), readout, (*late, under_way))

    def discretize(self) -> SpikingNetwork:
        """Make the network what a chip can hold: integer delays, no batch normalisation; in place.

        Batch normalisation moves into weights and biases with its running statistics. Copy the
        network first (`copy.deepcopy`) if training goes on.

        Returns:
            The network itself, in evaluation mode.
        """
        for layer in (*self.delayed_layers, *self.feedback_layers):
            layer.discretize()
        for block in self.blocks:
            block.fold_norm()
        return self.eval()

    def clamp_delays(self) -> None:
        """Bring all delays back into their range; call it after each optimiser step."""
        for layer in (*self.delayed_layers, *self.feedback_layers):
            layer.clamp_delays()


def _arrivals(lateness: Lateness | None, n_hidden: int) -> nn.ModuleList:
    senders = ["input", *(f"hidden{k + 1}" for k in range(n_hidden))]
    in_time = (1.0,)
    if lateness is None:
        lateness = {}
    if not isinstance(lateness, Mapping):
        lateness = dict.fromkeys(senders, lateness)
    unknown = set(lateness) - set(senders)
    if unknown:
        raise SnnError(
            f"lateness names {', '.join(sorted(unknown))}; senders are {', '.join(senders)}"
        )
    # Only the input holds counts; dropout scales what hidden neurons send.
    return nn.ModuleList(
        LateArrivals(lateness.get(name, in_time), counts=name == "input") for name in senders
    )
