"""What the way does to the spikes: latency, distortion, disorder, misses, by layer and in all."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.histogram import Histogram
from polychrony.hardware.noc.senders import Flights, Senders

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def distortion(stream: IntArray, sent: FloatArray, received: FloatArray) -> FloatArray:
    """Change of the interval between neighbouring spikes of a stream.

        e_k = (received_k - received_(k-1)) - (sent_k - sent_(k-1))

    Args:
        stream: stream of each delivery, [C].
        sent: when it was sent, s, [C].
        received: when it was received, s, [C].

    Returns:
        s, one for each delivery but the first of its stream.
    """
    order = np.lexsort((sent, stream))
    same = np.diff(stream[order]) == 0
    return np.asarray((np.diff(received[order]) - np.diff(sent[order]))[same])


def disorder(place: IntArray, sent: FloatArray, received: FloatArray) -> int:
    """Spikes that arrive at a place after one that was sent there later (strictly, in both).

    Args:
        place: where each delivery goes, [C].
        sent: when it was sent, s, [C].
        received: when it was received, s, [C].
    """
    count = 0
    order = np.lexsort((sent, place))
    bounds = np.flatnonzero(np.diff(place[order], prepend=-1))
    for here in np.split(order, bounds[1:]):
        times = received[here]
        # The earliest arrival among those that were sent strictly later.
        soonest = np.minimum.accumulate(times[::-1])[::-1]
        later = np.searchsorted(sent[here], sent[here], side="right")
        known = later < len(here)
        count += int((times[known] > soonest[later[known]]).sum())
    return count


class Tally:
    """Deliveries of one layer, or of all.

    Args:
        quantum: times are rounded to it, s.
    """

    def __init__(self, quantum: float) -> None:
        self.latency, self.distortion = Histogram(quantum), Histogram(quantum)
        self.ticks = Histogram(1.0)
        self.disordered = self.hops = 0

    def merge(self, other: Tally) -> None:
        """Count what another one has counted."""
        self.latency.merge(other.latency)
        self.distortion.merge(other.distortion)
        self.ticks.merge(other.ticks)
        self.disordered += other.disordered
        self.hops += other.hops

    @property
    def late(self) -> int:
        """Deliveries that miss their step."""
        return int(self.ticks.counts[self.ticks.cycles > 0].sum())

    def report(self, seconds: float) -> dict[str, Any]:
        """Statistics for JSON.

        Args:
            seconds: real time in which the deliveries were sent, all samples one after the other.
        """
        n = len(self.latency)
        by_ticks = dict(zip(self.ticks.cycles.tolist(), self.ticks.counts.tolist(), strict=True))
        return {
            "deliveries": n,
            "deadline_misses": self.late,
            "late_by_ticks": {str(ticks): count for ticks, count in by_ticks.items()},
            "disordered": self.disordered,
            "throughput_per_s": n / seconds if seconds else None,
            "hops_mean": self.hops / n if n else None,
            "latency_mean_s": self.latency.mean,
            "latency_percentiles_s": self.latency.percentiles,
            "isi_distortion_mean_s": self.distortion.mean,
            "isi_distortion_mean_abs_s": self.distortion.mean_abs,
            "isi_distortion_abs_percentiles_s": self.distortion.percentiles,
        }


class Streams:
    """Statistics of the deliveries of a run.

    A stream is what comes from one neuron over one lane; spikes are in or out of order among all
    that a core takes in. A layer is what a population sends.

    Args:
        senders: what spikes send.
        tick: real time of a step, s.
        keep: samples whose late spikes are kept one by one, from the first.
    """

    def __init__(self, senders: Senders, tick: float, keep: int = 0) -> None:
        self.senders, self.tick, self.keep = senders, tick, keep
        self.layers = {name: Tally(senders.quantum) for name in senders.names}
        self.whole = Tally(senders.quantum)
        self.late_spikes: list[dict[str, Any]] = []
        self.samples = 0
        lanes = [senders.lanes[name] for name in senders.names]
        routes = [senders.routes.of[name] for name in senders.names]
        self._first = np.cumsum([0, *map(len, lanes)])
        self._core = np.concatenate([each.core for each in lanes])
        self._neuron = np.concatenate([each.neuron for each in lanes])
        hops = [(r.east_west + r.north_south)[x.edge] for r, x in zip(routes, lanes, strict=True)]
        self._hops = np.concatenate(hops)
        self._missed = np.zeros(self._first[-1])
        self._count = np.zeros(self._first[-1])

    def __call__(
        self,
        sample: int,
        flights: Flights,
        sent: FloatArray,
        received: FloatArray,
        ticks: IntArray,
    ) -> None:
        """Count the deliveries of one sample.

        Args:
            sample: its number in the batch.
            flights: the deliveries.
            sent: when each was sent, s.
            received: when each was received, s.
            ticks: ticks by which each is late.
        """
        stream = self._first[flights.population] + flights.lane
        masks = [flights.population == number for number in range(len(self.layers))]
        masks.append(np.ones(len(stream), bool))
        for mask, tally in zip(masks, (*self.layers.values(), self.whole), strict=True):
            lane, a, b = stream[mask], sent[mask], received[mask]
            tally.latency.add(b - a)
            tally.distortion.add(distortion(lane, a, b))
            tally.disordered += disorder(self._core[lane], a, b)
            tally.ticks.count(ticks[mask])
            tally.hops += int(self._hops[lane].sum())
        np.add.at(self._missed, stream, ticks)
        np.add.at(self._count, stream, 1)
        if self.samples < self.keep:
            self._keep_late(flights, stream, ticks)
        self.samples += 1

    def _keep_late(self, flights: Flights, stream: IntArray, ticks: IntArray) -> None:
        late = np.flatnonzero(ticks > 0)
        rows = np.stack([flights.population, flights.step, self._neuron[stream]])[:, late]
        spikes, which = np.unique(rows, axis=1, return_inverse=True)
        worst = np.zeros(spikes.shape[1], np.int64)
        np.maximum.at(worst, which.reshape(-1), ticks[late])
        for (population, step, neuron), most in zip(spikes.T.tolist(), worst.tolist(), strict=True):
            self.late_spikes.append(
                {
                    "sample": self.samples,
                    "population": self.senders.names[population],
                    "step": step,
                    "neuron": neuron,
                    "ticks": most,
                }
            )

    def merge(self, other: Streams) -> None:
        """Count what another one has counted, of samples after these.

        Args:
            other: statistics of the same network and tick.
        """
        for name, tally in self.layers.items():
            tally.merge(other.layers[name])
        self.whole.merge(other.whole)
        self._missed += other._missed
        self._count += other._count
        kept = [row | {"sample": row["sample"] + self.samples} for row in other.late_spikes]
        self.late_spikes += [row for row in kept if row["sample"] < self.keep]
        self.samples += other.samples

    def ticks_of_lanes(self, name: str) -> FloatArray:
        """Ticks by which the deliveries on each lane of a population are late, mean, [L].

        A lane over which nothing came is taken to be as late as the others are in the mean.

        Args:
            name: the population.
        """
        number = self.senders.names.index(name)
        own = slice(self._first[number], self._first[number + 1])
        missed, count = self._missed[own], self._count[own]
        mean = missed.sum() / max(count.sum(), 1)
        return np.where(count > 0, missed / np.maximum(count, 1), mean)

    def report(self, steps: int) -> dict[str, Any]:
        """Statistics of all layers and of the network.

        Args:
            steps: steps of a sample.
        """
        seconds = self.samples * steps * self.tick
        layers = {name: tally.report(seconds) for name, tally in self.layers.items()}
        return {"network": self.whole.report(seconds), "layers": layers}
