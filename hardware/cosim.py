"""One network, the same samples: in software, and on a chip."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.batches import batches
from polychrony.hardware.chip import Chip
from polychrony.hardware.chips import get_chip
from polychrony.hardware.decision import decisions, find_readout
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mapping import Placement, map_network, place_in_order
from polychrony.hardware.noc import Ledger, Routes
from polychrony.hardware.quantize import quantize
from polychrony.hardware.quantized import QuantizationError
from polychrony.hardware.report import CostReport
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.simulate import simulate

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, eq=False)
class CosimResult:
    """What becomes of a network on a chip.

    Args:
        predictions_software: class of each sample in software, int64 [B].
        predictions_hardware: class of each sample on the chip, int64 [B].
        labels: true class of each sample, [B], or None.
        costs: time, energy and events on the chip.
        spikes_software: spikes of each population per inference, in software.
        spikes_hardware: the same on the chip.
        spikes_differ: neurons and steps at which only one of the two runs spikes, per inference.
        quantization: error of the integers of each population.
        simulation_steps_per_s: algorithmic steps, summed over samples, that this computer ran on
            the modelled chip per second.
    """

    predictions_software: npt.NDArray[np.int64]
    predictions_hardware: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64] | None
    costs: CostReport
    spikes_software: dict[str, float]
    spikes_hardware: dict[str, float]
    spikes_differ: dict[str, float]
    quantization: tuple[QuantizationError, ...]
    simulation_steps_per_s: float

    @property
    def agreement(self) -> float:
        """Fraction of samples for which both runs decide alike."""
        return float((self.predictions_software == self.predictions_hardware).mean())

    @property
    def accuracy_software(self) -> float | None:
        """Fraction of samples that the software gets right; None without labels."""
        return self._accuracy(self.predictions_software)

    @property
    def accuracy_hardware(self) -> float | None:
        """Fraction of samples that the chip gets right; None without labels."""
        return self._accuracy(self.predictions_hardware)

    def _accuracy(self, predictions: npt.NDArray[np.int64]) -> float | None:
        return None if self.labels is None else float((predictions == self.labels).mean())

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with units in the keys; no predictions of single samples."""
        return {
            "accuracy_software": self.accuracy_software,
            "accuracy_hardware": self.accuracy_hardware,
            "agreement": self.agreement,
            **self.costs.to_dict(),
            "simulation_steps_per_s": self.simulation_steps_per_s,
            "spikes_software_per_inference": self.spikes_software,
            "spikes_hardware_per_inference": self.spikes_hardware,
            "spikes_differ_per_inference": self.spikes_differ,
            "quantization": [asdict(error) for error in self.quantization],
        }


class _Comparison:
    """Running totals of both runs."""

    def __init__(self) -> None:
        self.software: list[npt.NDArray[np.int64]] = []
        self.hardware: list[npt.NDArray[np.int64]] = []
        self.labels: list[npt.NDArray[np.int64] | None] = []
        self.spikes: dict[str, npt.NDArray[np.int64]] = {}

    def count(self, name: str, software: npt.NDArray[Any], hardware: npt.NDArray[Any]) -> None:
        sums = [x.sum(dtype=np.int64) for x in (software, hardware, software != hardware)]
        self.spikes[name] = self.spikes.get(name, np.zeros(3, np.int64)) + np.array(sums)

    def per_inference(self, column: int) -> dict[str, float]:
        samples = sum(map(len, self.software))
        return {name: float(sums[column]) / samples for name, sums in self.spikes.items()}

    def all_labels(self) -> npt.NDArray[np.int64] | None:
        given = [labels for labels in self.labels if labels is not None]
        if len(given) not in (0, len(self.labels)):
            raise HardwareError("some batches have labels and others have none; give all or none")
        return np.concatenate(given).astype(np.int64) if given else None


def cosimulate(
    graph: NetworkGraph,
    inputs: Any,
    labels: Any = None,
    *,
    chip: str | Chip = "loihi",
    profile: str | None = None,
    static: bool = False,
    readout: str | None = None,
    place: Placement = place_in_order,
    batch_size: int = 64,
    progress: Progress | None = None,
) -> CosimResult:
    """Run a network in software and on a modelled chip, on the same samples.

    The network is checked against the limits of the chip, turned into its integers, cut into cores
    and placed on tiles; then it runs in exact integers, and every event is priced.

    On Loihi all cores wait for each other at the end of a step. Congestion makes a step longer;
    it neither loses a spike nor moves it to another step. What differs from the software is
    therefore due to the integers alone, and time on the chip is the sum of its steps, whatever
    duration they stand for in the data.

    Args:
        graph: the network, with one input population.
        inputs: spike counts [T, B, N], or an iterable of pairs (counts, labels).
        labels: class of each sample, [B], if `inputs` is one array.
        chip: a chip or its name.
        profile: name of the costs; the chip's default without one.
        static: add static energy, see `Ledger`.
        readout: population that decides; the only output without one.
        place: rule that places cores on tiles.
        batch_size: samples held in memory at a time; results do not depend on it.
        progress: called after each batch with the samples done and all samples (None if unknown).

    Returns:
        Decisions of both runs, and costs on the chip.

    Raises:
        HardwareError: the network does not fit the chip, a potential overflows, or arguments are
            not what they must be.
        GraphError: the inputs do not fit the network.
    """
    target = get_chip(chip) if isinstance(chip, str) else chip
    if len(graph.inputs) != 1:
        raise HardwareError(f"the network has {len(graph.inputs)} inputs; exactly 1 is needed")
    if batch_size < 1:
        raise HardwareError(f"batch_size is {batch_size}, at least 1 is needed")
    decider, source = find_readout(graph, readout), graph.inputs[0].name
    ledger = Ledger(
        Routes(map_network(graph, target, place)), target.profile(profile), static=static
    )
    quantized = quantize(graph, target)
    seen, seconds, steps, done = _Comparison(), 0.0, 0, 0
    flow, total = batches(inputs, labels, batch_size)
    for counts, classes in flow:
        software = simulate(graph, {source: counts})
        begin = time.perf_counter()
        hardware = run_on_chip(quantized, {source: counts})
        ledger.record(hardware)
        seconds += time.perf_counter() - begin
        steps += hardware.n_steps * hardware.batch_size
        seen.software.append(decisions(software, decider))
        seen.hardware.append(decisions(hardware, decider))
        seen.labels.append(classes)
        for name in hardware.spikes:
            seen.count(name, software.spikes[name], hardware.spikes[name])
        done += hardware.batch_size
        if progress is not None:
            progress(done, total)
    if not done:
        raise HardwareError("there are no samples to run")
    return CosimResult(
        predictions_software=np.concatenate(seen.software),
        predictions_hardware=np.concatenate(seen.hardware),
        labels=seen.all_labels(),
        costs=ledger.report(),
        spikes_software=seen.per_inference(0),
        spikes_hardware=seen.per_inference(1),
        spikes_differ=seen.per_inference(2),
        quantization=quantized.errors,
        simulation_steps_per_s=steps / seconds,
    )
