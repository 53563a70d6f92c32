"""A way to spend bits, the run that it stands for, and what it costs."""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass

from polychrony.experiments.bits import MAX_BITS
from polychrony.experiments.config import Config, DataConfig, NetworkConfig, TrainingConfig
from polychrony.experiments.errors import UserError
from polychrony.experiments.steps import check_steps
from polychrony.hardware.bitbudget import bit_budget, ns_ace, s_ace

_WORD = re.compile(r"(\d+)/(\d+)/(\d+)")


@dataclass(frozen=True, order=True)
class Allocation:
    """Bits of every layer, and the steps of a sample.

    Args:
        weights: bits of the weights of each hidden layer and of the output.
        spikes: bits of the spikes of each hidden layer.
        steps: steps of a sample.
    """

    weights: tuple[int, ...]
    spikes: tuple[int, ...]
    steps: int

    @classmethod
    def alike(cls, weights: int, spikes: int, steps: int, n_hidden: int) -> Allocation:
        """The same bits in all layers."""
        return cls((weights,) * (n_hidden + 1), (spikes,) * n_hidden, steps)

    @property
    def is_alike(self) -> bool:
        """Whether all layers have the same bits."""
        return len(set(self.weights)) == len(set(self.spikes)) == 1

    @property
    def label(self) -> str:
        """Bits of weights, of spikes, and steps, as 4/2/2, or 8-4-4/1-2/2 where layers differ."""
        weights, spikes = self.weights, self.spikes
        if self.is_alike:
            weights, spikes = weights[:1], spikes[:1]
        return f"{'-'.join(map(str, weights))}/{'-'.join(map(str, spikes))}/{self.steps}"

    @property
    def folder(self) -> str:
        """The label as the name of a folder."""
        return self.label.replace("/", "_")


@dataclass(frozen=True)
class Traffic:
    """What the layers of a network receive, at some number of steps.

    Args:
        macs: synapses of each layer, to the hidden layers and to the output.
        input_bits: bits that hold the largest count of an input in a step.
        rates: share of neurons and steps with a spike, of the input and of each hidden layer, once
            its spikes are pooled.
        inner: synapses of each hidden layer from itself; empty for none.
        inner_rates: share of its neurons and steps with a spike.
    """

    macs: tuple[int, ...]
    input_bits: int
    rates: tuple[float, ...]
    inner: tuple[int, ...] = ()
    inner_rates: tuple[float, ...] = ()


def parse_alike(words: tuple[str, ...], bits: int, n_hidden: int) -> list[Allocation]:
    """Allocations that `--only` names, or all with powers of two that spend the bits.

    Raises:
        UserError: a word cannot be read, or spends other bits; or a way has too many steps.
    """
    if bits < 1:
        raise UserError(f"--bits is {bits}; it must be 1 or above")
    if words:
        return [_parse(word, bits, n_hidden) for word in dict.fromkeys(words)]
    check_steps(bits, f"--bits {bits} with 1/1", "name ways with fewer steps by --only")
    powers = [1 << k for k in range(MAX_BITS.bit_length())]
    found = [
        Allocation.alike(weights, spikes, bits // (weights * spikes), n_hidden)
        for weights in powers
        for spikes in powers
        if bits % (weights * spikes) == 0
    ]
    return sorted(found, key=lambda each: (-each.steps, each.weights))


def _parse(word: str, bits: int, n_hidden: int) -> Allocation:
    match = _WORD.fullmatch(word)
    if match is None:
        raise UserError(f"--only {word}: use WEIGHTS/SPIKES/STEPS, as 4/2/2")
    weights, spikes, steps = map(int, match.groups())
    if not (1 <= weights <= MAX_BITS and 1 <= spikes <= MAX_BITS and steps >= 1):
        raise UserError(f"--only {word}: bits are 1 to {MAX_BITS}, and there is at least one step")
    spent = bit_budget(weights, spikes, steps)
    if spent != bits:
        raise UserError(f"--only {word} spends {spent:.0f} bits, and --bits is {bits}")
    check_steps(steps, f"--only {word}", "name ways with fewer steps")
    return Allocation.alike(weights, spikes, steps, n_hidden)


def config_of(base: Config, allocation: Allocation, seed: int) -> Config:
    """The run of an allocation.

    Steps are as long as the duration asks for. Delays stay within the longest of the recipe, in ms,
    on whole steps. Potentials keep the factor per step of the recipe, as in the tables of Shen et
    al.: a time constant in ms would forget everything in a long step.

    Args:
        base: what all runs share, with the recipe's own steps.
        allocation: bits and steps.
        seed: of the run.
    """
    dt = base.data.duration_ms / allocation.steps
    longest, tau = base.network.max_delay_ms, base.network.tau_mem_ms
    if base.blocks.architecture == "delays":
        longest = math.floor(longest / dt * (1 + 1e-9)) * dt
        tau *= dt / base.data.dt_ms
    first, *_ = allocation.spikes
    output = allocation.weights[-1]
    words = [
        f"hidden{k + 1}={weights}/{spikes}"
        for k, (weights, spikes) in enumerate(
            zip(allocation.weights[:-1], allocation.spikes, strict=True)
        )
        if (weights, spikes) != (output, first)
    ]
    network = dataclasses.replace(
        NetworkConfig(**vars(base.network)),
        max_delay_ms=longest,
        tau_mem_ms=tau,
        weight_bits=output,
        spike_bits=first,
        layer_bits=tuple(words),
    )
    data = dataclasses.replace(DataConfig(**vars(base.data)), dt_ms=dt)
    training = dataclasses.replace(TrainingConfig(**vars(base.training)), seed=seed)
    return Config(data, network, training, base.blocks)


def cost(allocation: Allocation, traffic: Traffic) -> float:
    """S-ACE of a network: sum over layers of synapses x T x b_w x b_s of what they receive.

    The first layer receives counts of events, whose bits no allocation changes.
    """
    received = (traffic.input_bits, *allocation.spikes)
    layers = zip(traffic.macs, allocation.weights, received, strict=True)
    outer = sum(s_ace(macs, weights, spikes, allocation.steps) for macs, weights, spikes in layers)
    loops = zip(traffic.inner, allocation.weights, allocation.spikes, strict=False)
    return outer + sum(s_ace(n, weights, spikes, allocation.steps) for n, weights, spikes in loops)


def cost_of_events(allocation: Allocation, traffic: Traffic) -> float:
    """NS-ACE: the same where only spikes that are there count, by their mean rates."""
    received = (traffic.input_bits, *allocation.spikes)
    layers = zip(traffic.macs, traffic.rates, allocation.weights, received, strict=True)
    loops = zip(
        traffic.inner, traffic.inner_rates, allocation.weights, allocation.spikes, strict=False
    )
    met = [*layers, *loops]
    return sum(ns_ace(n, rate, w, s, allocation.steps) for n, rate, w, s in met)
