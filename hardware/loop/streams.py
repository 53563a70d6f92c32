"""What the way does to the spikes: latency, distortion, disorder, misses, by layer and in all."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.loop.flights import Flights, Senders
from polychrony.hardware.loop.histogram import Histogram
from polychrony.hardware.loop.lanes import lanes_of

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
        self.disordered = self.late = self.hops = 0

    def report(self, seconds: float) -> dict[str, Any]:
        """Statistics for JSON.

        Args:
            seconds: real time in which the deliveries were sent, all samples one after the other.
        """
        n = len(self.latency)
        return {
            "deliveries": n,
            "late": self.late,
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
        keep: sample whose late deliveries are kept one by one.
    """

    def __init__(self, senders: Senders, tick: float, keep: int | None = None) -> None:
        self.senders, self.tick, self.keep = senders, tick, keep
        self.layers = {name: Tally(senders.quantum) for name in senders.names}
        self.whole = Tally(senders.quantum)
        self.kept: list[dict[str, Any]] = []
        self.samples = 0
        self._first = np.cumsum([0, *(len(lanes_of(r)) for r in senders.routes.of.values())])
        routes = senders.routes.of.values()
        self._core = np.concatenate([lanes_of(r).core for r in routes])
        self._neuron = np.concatenate([lanes_of(r).neuron for r in routes])
        self._hops = np.concatenate(
            [(r.east_west + r.north_south)[lanes_of(r).edge] for r in routes]
        )

    def __call__(
        self, sample: int, flights: Flights, sent: FloatArray, received: FloatArray
    ) -> None:
        """Count the deliveries of one sample.

        Args:
            sample: its number in the batch.
            flights: the deliveries.
            sent: when each was sent, s.
            received: when each was received, s.
        """
        begin: FloatArray = flights.step * np.float64(self.tick)
        late = received - begin >= self.tick * (1 - 1e-9)
        stream = self._first[flights.population] + flights.lane
        masks = [flights.population == number for number in range(len(self.layers))]
        masks.append(np.ones(len(stream), bool))
        for mask, tally in zip(masks, (*self.layers.values(), self.whole), strict=True):
            lane, a, b = stream[mask], sent[mask], received[mask]
            tally.latency.add(b - a)
            tally.distortion.add(distortion(lane, a, b))
            tally.disordered += disorder(self._core[lane], a, b)
            tally.late += int(late[mask].sum())
            tally.hops += int(self._hops[lane].sum())
        if self.samples == self.keep:
            self._keep(flights, stream, begin, received, late)
        self.samples += 1

    def _keep(
        self,
        flights: Flights,
        stream: IntArray,
        begin: FloatArray,
        received: FloatArray,
        late: npt.NDArray[np.bool_],
    ) -> None:
        names = self.senders.names
        for k in np.flatnonzero(late):
            self.kept.append(
                {
                    "population": names[flights.population[k]],
                    "neuron": int(self._neuron[stream[k]]),
                    "step": int(flights.step[k]),
                    "core": int(self._core[stream[k]]),
                    "ticks_late": int((received[k] - begin[k]) / self.tick + 1e-9),
                }
            )

    def report(self, steps: int) -> dict[str, Any]:
        """Statistics of all layers and of the network.

        Args:
            steps: steps of a sample.
        """
        seconds = self.samples * steps * self.tick
        layers = {name: tally.report(seconds) for name, tally in self.layers.items()}
        return {"network": self.whole.report(seconds), "layers": layers}
