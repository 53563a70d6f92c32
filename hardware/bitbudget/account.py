"""Count the bits of a run, batch after batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.bitbudget.formulas import bit_budget, ns_ace, ns_ace_of_events, s_ace
from polychrony.hardware.bitbudget.layer import Layer, of_projection, on_chip
from polychrony.hardware.bitbudget.report import BitReport, LayerBudget, StateBits
from polychrony.hardware.bitbudget.widths import Widths, widths_of
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.limits import on_chip as runs_on
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.quantized import QuantizedGraph
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph

IntArray = npt.NDArray[np.int64]


class BitAccount:
    """Account of what a network's spikes compute, in bits.

    Args:
        layers: its synapses.
        neurons: size of each population that has a state, with the bits of one state.
    """

    def __init__(self, layers: Sequence[Layer], neurons: Mapping[str, tuple[int, int]]) -> None:
        self.layers, self.neurons = tuple(layers), dict(neurons)
        self.n_samples = self._steps = 0
        self._sent = [np.zeros(len(layer.fan_out), np.int64) for layer in self.layers]

    @classmethod
    def of_graph(cls, graph: NetworkGraph, widths: Widths | Mapping[str, Widths]) -> BitAccount:
        """Account of a graph in software.

        Args:
            graph: the network.
            widths: bits of all layers, or of each by its label, `source->target`; `state_bits` of
                the layers to a population are those of its neurons.

        Raises:
            HardwareError: a layer has no widths.
        """
        labels = [projection.label for projection in graph.projections]
        if isinstance(widths, Widths):
            widths = dict.fromkeys(labels, widths)
        missing = sorted(set(labels) - set(widths))
        if missing:
            raise HardwareError(f"widths are missing for {', '.join(missing)}")
        layers = [
            of_projection(name, projection, graph[projection.source].size, widths[projection.label])
            for name, projection in zip(_unique(labels), graph.projections, strict=True)
        ]
        bits = {p.name: [w.widths for w in layers if w.target == p.name] for p in graph}
        return cls(
            layers,
            {
                p.name: (p.size, max((w.state_bits for w in bits[p.name]), default=0))
                for p in graph
                if p.kind != "input"
            },
        )

    @classmethod
    def of_chip(cls, quantized: QuantizedGraph) -> BitAccount:
        """Account of the populations that a chip runs; those on its host are left out.

        Args:
            quantized: the network in the numbers of the chip.

        Raises:
            UnknownQuantityError: the weights of the chip are analog.
        """
        chip, graph = quantized.chip, quantized.graph
        widths = widths_of(chip)
        neurons = [p for p in graph if runs_on(p, chip)]
        names = {p.name for p in neurons}
        held = [p for p in quantized.projections if p.target in names]
        labels = _unique([f"{p.source}->{p.target}" for p in held])
        return cls(
            [on_chip(n, p, chip.delay_of, widths) for n, p in zip(labels, held, strict=True)],
            {p.name: (p.size, widths.state_bits) for p in neurons},
        )

    def record(self, activity: Activity) -> None:
        """Count one more batch of samples.

        Args:
            activity: what the network did, spikes of inputs included.

        Raises:
            HardwareError: the activity does not belong to the network.
        """
        sums: dict[tuple[str, int], IntArray] = {}
        for layer, sent in zip(self.layers, self._sent, strict=True):
            key = layer.source, layer.widths.spike_bits
            if key not in sums:
                sums[key] = _spikes(activity, *key)
            if len(sums[key]) != len(sent):
                raise HardwareError(
                    f"{layer.name}: the activity of {layer.source!r} has {len(sums[key])} neurons, "
                    f"the layer {len(sent)}"
                )
            sent += sums[key]
        self.n_samples += activity.batch_size
        self._steps += activity.n_steps * activity.batch_size

    def report(self, slope: Quantity | None = None) -> BitReport:
        """Bits per inference of everything recorded.

        Args:
            slope: energy of a bit operation, see `given_slope` and `derived_slope`.

        Raises:
            HardwareError: nothing has been recorded.
        """
        if not self._steps:
            raise HardwareError("no bits to report: nothing has been recorded")
        layers = tuple(map(self._layer, self.layers, self._sent))
        steps = self._steps / self.n_samples
        states = tuple(
            StateBits(name, size, bits, size * bits, size * bits * steps)
            for name, (size, bits) in self.neurons.items()
        )
        return BitReport(layers, states, self.n_samples, slope)

    def _layer(self, layer: Layer, sent: IntArray) -> LayerBudget:
        widths, steps = layer.widths, self._steps / self.n_samples
        bits = widths.weight_bits, widths.spike_bits
        events = int(sent @ layer.fan_out) / self.n_samples
        rate = int(sent.sum()) / (self._steps * len(sent))
        return LayerBudget(
            name=layer.name,
            weight_bits=widths.weight_bits,
            spike_bits=widths.spike_bits,
            steps=steps,
            bit_budget=bit_budget(*bits, steps),
            macs=layer.macs,
            firing_rate=rate,
            synaptic_events=events,
            s_ace=s_ace(layer.macs, *bits, steps),
            ns_ace_rate=ns_ace(layer.macs, rate, *bits, steps),
            ns_ace=ns_ace_of_events(events, *bits),
            weight_memory_bits=layer.weights_kept * widths.weight_bits,
            delay_memory_bits=layer.delays_kept * widths.delay_bits,
            delay_reads_bits=int(sent @ layer.delays_met) * widths.delay_bits / self.n_samples,
        )


def bit_report(
    graph: NetworkGraph,
    activities: Activity | Iterable[Activity],
    widths: Widths | Mapping[str, Widths],
    slope: Quantity | None = None,
) -> BitReport:
    """Bits of runs of a graph in software.

    Args:
        graph: the network.
        activities: what it did, batch by batch.
        widths: see `BitAccount.of_graph`.
        slope: see `BitAccount.report`.

    Raises:
        HardwareError: a layer has no widths, or there is nothing to count.
        GraphError: an activity does not belong to the graph.
    """
    account = BitAccount.of_graph(graph, widths)
    for activity in [activities] if isinstance(activities, Activity) else activities:
        activity.check(graph)
        account.record(activity)
    return account.report(slope)


def _spikes(activity: Activity, source: str, bits: int) -> IntArray:
    """Spikes of each neuron of a population, over steps and samples, [N]."""
    if source not in activity.spikes:
        raise HardwareError(f"the activity has no spikes of {source!r}")
    counts: npt.NDArray[Any] = activity.spikes[source]
    largest = (1 << bits) - 1
    if largest > 1:
        counts = counts // largest + (counts % largest != 0)
    found: IntArray = counts.sum(axis=(0, 1), dtype=np.int64)
    return found


def _unique(names: Sequence[str]) -> list[str]:
    """Names, with a number where one repeats."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
