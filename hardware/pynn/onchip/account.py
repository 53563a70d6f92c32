"""What a run would cost on a chip, and what would come out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.limits import check
from polychrony.hardware.noc import Ledger, Routes
from polychrony.hardware.prepare import Preparation, Prepared
from polychrony.hardware.pynn.onchip.exact import departures
from polychrony.hardware.pynn.onchip.graph import as_graph, names_of
from polychrony.hardware.pynn.onchip.trial import Trial
from polychrony.hardware.quantized import QuantizationError
from polychrony.hardware.report import CostReport
from polychrony.hardware.simulate import run_on_chip
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph


@dataclass(frozen=True)
class Comparison:
    """Spikes of each population in the simulation and in the chip's arithmetic, per trial.

    Args:
        spikes_software: spikes in the simulation.
        spikes_hardware: spikes on the chip.
        spikes_differ: neurons and steps at which only one of the two spikes.
    """

    spikes_software: dict[str, float]
    spikes_hardware: dict[str, float]
    spikes_differ: dict[str, float]


@dataclass(frozen=True, eq=False)
class ChipReport:
    """What became of a network on a chip.

    Args:
        costs: time, energy and events of a trial, a run from time 0.
        comparison: simulation against chip, or None where only the simulation's spikes are known.
        not_compared: why there is no comparison.
        changes: what was changed in the network so that it fits.
        quantization: error of the numbers of each population.
    """

    costs: CostReport
    comparison: Comparison | None
    not_compared: tuple[str, ...]
    changes: dict[str, Any]
    quantization: tuple[QuantizationError, ...]


@dataclass(frozen=True)
class Account:
    """How a network is put on a chip.

    Args:
        chip: the chip.
        profile: name of the costs; the chip's default without one.
        noc: how the network on chip is treated, one of `noc.MODES`.
        static: add static energy, see `Ledger`.
        preparation: how the network is made to fit and placed.
    """

    chip: Chip
    profile: str | None = None
    noc: str = "analytic"
    static: bool = False
    preparation: Preparation = field(default_factory=Preparation)

    def graph(self, state: Any) -> NetworkGraph:
        """The network so far, as hardware sees it.

        Raises:
            HardwareError: the chip has no such cells or synapses.
        """
        return as_graph(state.populations, state.projections, self.chip, state.dt)

    def check(self, state: Any) -> None:
        """Refuse a network that the chip cannot hold, before it runs.

        Args:
            state: state of the simulation.

        Raises:
            HardwareError: names what does not fit.
        """
        graph = self.graph(state)
        relays, fan_in = self.preparation.relays, self.preparation.fan_in
        if not relays and fan_in == "refuse":
            check(graph, self.chip)

    def report(self, state: Any, trials: Sequence[Trial]) -> ChipReport:
        """Costs of all trials, and comparison with the chip's arithmetic where that is exact.

        Args:
            state: state of the simulation.
            trials: what happened in each.

        Raises:
            HardwareError: nothing has run, or the network does not fit.
        """
        trials = [trial for trial in trials if trial.n_steps]
        if not trials:
            raise HardwareError("there is nothing to report: call run() first")
        network, names = self.graph(state), names_of(state.populations)
        software = [trial.activity(names, network.dt) for trial in trials]
        why = departures(state, trials)
        on_chip = self.preparation(network, self.chip, _rates(software))
        hardware = self._hardware(on_chip, software, why)
        ledger = Ledger(
            Routes(on_chip.mapping),
            self.chip.profile(self.profile),
            static=self.static,
            noc=self.noc,
        )
        for run in hardware:
            ledger.record(run)
        return ChipReport(
            costs=ledger.report(),
            comparison=None if why else _compare(software, hardware),
            not_compared=why,
            changes=on_chip.fitted.changes,
            quantization=on_chip.quantized.errors,
        )

    def _hardware(
        self, on_chip: Prepared, software: list[Activity], why: tuple[str, ...]
    ) -> list[Activity]:
        if not why:
            inputs = [p.name for p in on_chip.fitted.graph.inputs]
            return [
                run_on_chip(on_chip.quantized, {name: run.spikes[name] for name in inputs})
                for run in software
            ]
        if on_chip.fitted.made:
            raise HardwareError(
                f"neurons had to be added ({', '.join(on_chip.fitted.made)}), whose spikes only a "
                f"run on the chip gives, and that is not exact here: {'; '.join(why)}"
            )
        return software


def _rates(runs: list[Activity]) -> dict[str, npt.NDArray[np.float64]]:
    """Spikes of each neuron per trial."""
    return {
        name: np.sum([run.spikes[name].sum(axis=(0, 1)) for run in runs], axis=0) / len(runs)
        for name in runs[0].spikes
    }


def _compare(software: list[Activity], hardware: list[Activity]) -> Comparison:
    sums: dict[str, npt.NDArray[np.float64]] = {}
    for soft, hard in zip(software, hardware, strict=True):
        for name, spikes in soft.spikes.items():
            other = hard.spikes[name]
            counts = [x.sum(dtype=np.int64) for x in (spikes, other, spikes != other)]
            sums[name] = sums.get(name, np.zeros(3)) + np.array(counts, np.float64)
    columns = [
        {name: float(total[k]) / len(software) for name, total in sums.items()} for k in range(3)
    ]
    return Comparison(*columns)
