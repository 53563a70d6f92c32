"""What a co-simulation shows beside its numbers: single spikes, every core and every link."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.noc import Ledger
from polychrony.hardware.noc.energy import COUNTS, energy_of
from polychrony.hardware.noc.histogram import Histogram
from polychrony.hardware.noc.links import link_traffic
from polychrony.snn.activity import Activity

IntArray = npt.NDArray[np.int64]

_BINS = 100  # of a histogram of latencies, at most
_DIRECTIONS = {"east": (1, 0), "west": (-1, 0), "north": (0, 1), "south": (0, -1)}


class Recorder:
    """Looks on while a network runs in software and on a chip.

    Args:
        samples: samples whose single spikes are kept, from the first.
    """

    def __init__(self, samples: int = 4) -> None:
        self.samples = samples
        self._kept: list[dict[str, Any]] = []
        self._spikes: dict[str, IntArray] = {}
        self._ledger: Ledger | None = None
        self._dt = 0.0

    def begin(self, ledger: Ledger) -> None:
        """Look on from here.

        Args:
            ledger: the account of the same run.
        """
        self._ledger, self._kept, self._spikes = ledger, [], {}

    def add(self, software: Activity, hardware: Activity) -> None:
        """Take in one more batch of samples.

        Args:
            software: what the network did in software.
            hardware: what it did on the chip, with the populations made for it.
        """
        self._dt = hardware.dt
        for sample in range(min(self.samples - len(self._kept), hardware.batch_size)):
            self._kept.append(_sample(software, hardware, sample))
        for name, spikes in hardware.spikes.items():
            count = spikes.sum(axis=(0, 1), dtype=np.int64)
            self._spikes[name] = self._spikes.get(name, np.zeros_like(count)) + count

    def report(self) -> dict[str, Any]:
        """Plain values for JSON, with units in the keys; counts and energies per inference.

        Raises:
            HardwareError: nothing has been recorded.
        """
        if self._ledger is None:
            raise HardwareError("the recorder has seen no run; give it to cosimulate first")
        ledger, seen = self._ledger, self._ledger.seen
        return {
            "dt_s": self._dt,
            "samples": self._kept,
            "chip": _chip(ledger),
            "cores": _cores(ledger),
            "links": self._links(ledger),
            "message_latency": None if seen is None else _histogram(seen.latency),
        }

    def _links(self, ledger: Ledger) -> list[dict[str, Any]]:
        """Links that carry something, as the tiles at their ends."""
        traffic = link_traffic(ledger.routes, self._spikes)
        columns = ledger.routes.mapping.chip.grid.columns
        links = []
        for name, (right, up) in _DIRECTIONS.items():
            messages: IntArray = getattr(traffic, name)
            for row, column in np.argwhere(messages).tolist():
                tile = row * columns + column
                links.append(
                    {
                        "source": tile,
                        "target": tile + right + up * columns,
                        "messages_per_inference": int(messages[row, column]) / ledger.n_samples,
                    }
                )
        return links


def _events(spikes: npt.NDArray[np.uint8]) -> dict[str, list[int]]:
    """Step and neuron of every spike; several of an input in one step are so many."""
    step, neuron = np.nonzero(spikes)
    count = spikes[step, neuron]
    return {"step": np.repeat(step, count).tolist(), "neuron": np.repeat(neuron, count).tolist()}


def _sample(software: Activity, hardware: Activity, sample: int) -> dict[str, Any]:
    populations = {}
    for name, spikes in hardware.spikes.items():
        own = software.spikes.get(name)
        populations[name] = {
            "neurons": spikes.shape[2],
            "software": None if own is None else _events(own[:, sample]),
            "hardware": _events(spikes[:, sample]),
        }
    return {"steps": hardware.n_steps, "populations": populations}


def _chip(ledger: Ledger) -> dict[str, Any]:
    chip = ledger.routes.mapping.chip
    return {
        "columns": chip.grid.columns,
        "rows": chip.grid.rows,
        "columns_per_chip": chip.mesh.columns,
        "rows_per_chip": chip.mesh.rows,
        "cores_per_tile": chip.cores_per_tile,
        "io_tile": chip.io_tile,
        "tick_s": _tick(ledger),
    }


def _cores(ledger: Ledger) -> list[dict[str, Any]]:
    """Each core in use, and the host at the end."""
    work, mapping = ledger.work, ledger.routes.mapping
    events = {name: getattr(work, count) for name, count in COUNTS.items()}
    energies = energy_of(work, ledger.profile)
    cores = []
    for cost in ledger.report().per_core:
        place = mapping.n_cores if cost.core is None else cost.core
        usage = None if cost.core is None else mapping.usage[place]
        cores.append(
            {
                "core": cost.core,
                "tile": cost.tile,
                "population": cost.population,
                "neurons": cost.neurons,
                "synapses": 0 if usage is None else int(usage.synapses),
                "events_per_inference": _of_core(events, place, ledger.n_samples),
                "energy_per_inference_J": _of_core(energies, place, ledger.n_samples),
            }
        )
    return cores


def _of_core(values: dict[str, Any], core: int, samples: int) -> dict[str, float]:
    return {name: float(v[core]) / samples for name, v in values.items() if core < len(v)}


def _tick(ledger: Ledger) -> float | None:
    """Real time of a step, where one is set, s."""
    tick = ledger.routes.mapping.chip.tick
    return ledger.tick if tick is None or ledger.tick else tick.require("s")


def _histogram(latency: Histogram) -> dict[str, Any]:
    """Messages by latency, in bins of equally many whole cycles."""
    first, width, counts = latency.bins(_BINS)
    return {
        "start_s": first * latency.quantum,
        "bin_s": width * latency.quantum,
        "messages": counts.tolist(),
    }
