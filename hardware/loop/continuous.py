"""The loop on a chip in continuous time: every spike acts when it arrives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.arithmetic.dynapse import fan_out, integrate_continuous
from polychrony.hardware.loop.arrivals import LatencyModel, Watch
from polychrony.hardware.loop.timed import Lags, Train, lag_of, lags, train
from polychrony.hardware.loop.timing import Timing
from polychrony.hardware.noc.receive import receive
from polychrony.hardware.noc.senders import Flights, Senders
from polychrony.hardware.quantized import AnalogPopulation, QuantizedGraph
from polychrony.hardware.simulation.host import run_host
from polychrony.snn.activity import Activity
from polychrony.snn.components import Component
from polychrony.snn.simulate import check_inputs

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_ROUNDING = 1e-9  # steps: a spike this close before a step belongs to it


def _together(
    time: FloatArray, target: IntArray, weight: FloatArray, end: float, same: float
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Events before the end; those that reach a neuron at the same time act as one, their sum."""
    soon = time < end
    time, target, weight = time[soon], target[soon], weight[soon]
    order = np.lexsort((time, target))
    time, target, weight = time[order], target[order], weight[order]
    new = (np.diff(target, prepend=-1) != 0) | (np.diff(time, prepend=-1.0) > same)
    first = np.flatnonzero(new)
    sums = np.add.reduceat(weight, first) if len(first) else weight
    return time[first], target[first], sums


@dataclass(frozen=True, eq=False)
class TimedActivity(Activity):
    """A run whose spikes have times.

    Args:
        trains: spikes of each population that sends, by sample.
    """

    trains: tuple[Mapping[str, Train], ...] = ()


@dataclass(frozen=True, eq=False)
class SampleLags:
    """Latencies of a run, by sample and population.

    Args:
        of: the latencies.
        count: deliveries.
    """

    of: tuple[Mapping[str, Lags], ...]
    count: int


@dataclass(frozen=True, eq=False)
class Continuous:
    """Runs of analog neurons, and the ways of their spikes.

    Args:
        quantized: the network as the chip holds it.
        senders: what spikes send.
        tick: real time of a step, s; the network's own step where it runs in real time.
        latency: `"analytic"`, `"queueing"` or `"cycle"`, or a rule that gives latencies in real
            time.
    """

    quantized: QuantizedGraph
    senders: Senders
    tick: float
    latency: str | LatencyModel = "analytic"

    def run(self, inputs: Mapping[str, Array], late: SampleLags | None = None) -> TimedActivity:
        """Run the network from rest.

        Args:
            inputs: spike counts of each input population, [T, B, N]; sent at the beginning of
                their steps.
            late: latencies of the run before; none without it.
        """
        graph = self.quantized.graph
        checked = check_inputs(graph, inputs)
        n_steps, n_samples = next(iter(checked.values())).shape[:2]
        spikes: dict[str, Array] = dict(checked)
        for population in graph:
            if population.name in self.quantized.populations and population.kind != "li":
                spikes[population.name] = np.zeros((n_steps, n_samples, population.size), np.uint8)
        trains = []
        for sample in range(n_samples):
            lag = None if late is None else late.of[sample]
            trains.append(self._sample(spikes, sample, lag))
        potentials = {name: run_host(graph, name, spikes) for name in self.quantized.on_host}
        return TimedActivity(graph.dt, spikes, potentials, tuple(trains))

    def _sample(
        self, spikes: Mapping[str, Array], sample: int, late: Mapping[str, Lags] | None
    ) -> dict[str, Train]:
        graph = self.quantized.graph
        n_steps = len(next(iter(spikes.values())))
        found: dict[str, Train] = {}
        for component in graph.components:
            if component.window is not None:
                found |= self._loop(component, found, late, n_steps)
                continue
            (name,) = component.names
            if graph[name].kind == "input":
                step, neuron = np.nonzero(spikes[name][:, sample])
                count = spikes[name][step, sample, neuron]
                begin = (np.repeat(step, count) * graph.dt).astype(np.float64)
                found[name] = train(begin, np.repeat(neuron, count), graph[name].size)
            elif name in spikes:
                found[name] = self._neurons(name, found, late, n_steps)
        for name, fired in found.items():
            if graph[name].kind != "input":
                step = np.floor(fired.time / graph.dt + _ROUNDING).astype(np.int64)
                counts = spikes[name][:, sample]
                np.add.at(counts, (np.minimum(step, n_steps - 1), fired.neuron), np.uint8(1))
        return found

    def _loop(
        self,
        component: Component,
        sources: Mapping[str, Train],
        late: Mapping[str, Lags] | None,
        n_steps: int,
    ) -> dict[str, Train]:
        """Spikes of populations that hear each other.

        They run again and again from rest, one window longer each time: what acts in it was sent
        before. Windows end between steps, where hardly a spike is sent.
        """
        none = np.zeros(0)
        found = {
            name: train(none, none.astype(np.int64), self.quantized.graph[name].size)
            for name in component.names
        }
        steps = 0.0
        while steps < n_steps:
            steps = min(n_steps, (steps or -0.5) + (component.window or n_steps))
            for name in component.names:
                found[name] = self._neurons(name, {**sources, **found}, late, steps)
        return found

    def _neurons(
        self,
        name: str,
        sources: Mapping[str, Train],
        late: Mapping[str, Lags] | None,
        n_steps: float,
    ) -> Train:
        population = self.quantized.populations[name]
        assert isinstance(population, AnalogPopulation)
        graph = self.quantized.graph
        parts = [
            self._events(index, sources[p.source], None if late is None else late.get(p.source))
            for index, p in enumerate(self.quantized.projections)
            if p.target == name and p.source in sources
        ]
        time, target, weight = (
            np.concatenate([np.zeros(0, dtype), *(part[k] for part in parts)])
            for k, dtype in enumerate((np.float64, np.int64, np.float64))
        )
        events = _together(time, target, weight, n_steps * graph.dt, _ROUNDING * graph.dt)
        trace = integrate_continuous(
            *events,
            n=graph[name].size,
            duration=n_steps * graph.dt,
            tau=population.tau,
            v_inf=population.v_inf,
            threshold=population.threshold,
            refractory=population.refractory,
            name=name,
        )
        return train(trace.time, trace.neuron, graph[name].size)

    def _events(
        self, index: int, source: Train, late: Lags | None
    ) -> tuple[FloatArray, IntArray, FloatArray]:
        """When and where the spikes of a projection act, and what they add."""
        p = self.quantized.projections[index]
        spike, synapse = fan_out(source.neuron, p.row_ptr)
        lane = self.senders.lane_of_synapse[index][synapse]
        held = lane >= 0
        spike, synapse, lane = spike[held], synapse[held], lane[held]
        lag = lag_of(late, self.senders.lanes[p.source], source, spike, lane)
        delay = p.delay[synapse] * np.float64(self.quantized.graph.dt)
        time: FloatArray = source.time[spike] + lag + delay
        return time, p.post[synapse].astype(np.int64), p.weight[synapse].astype(np.float64)

    def travel(self, activity: TimedActivity, watch: Watch | None = None) -> SampleLags:
        """Let the spikes of a run travel.

        Args:
            activity: the run.
            watch: told of all deliveries of each sample.
        """
        found, total = [], 0
        for sample, trains in enumerate(activity.trains):
            flights, lag = self._fly(trains)
            total += len(lag)
            if watch is not None:
                sent: FloatArray = flights.sent * np.float64(self.senders.quantum)
                begin = flights.step * np.float64(self.tick)
                watch(sample, flights, sent, sent + lag, self._timing.missed(sent + lag - begin))
            found.append(self._sorted(trains, flights, lag))
        return SampleLags(tuple(found), total)

    @property
    def _timing(self) -> Timing:
        return Timing(self.tick)

    @property
    def _pace(self) -> float:
        """Real time in the network's."""
        return self.tick / self.quantized.graph.dt

    def _fly(self, trains: Mapping[str, Train]) -> tuple[Flights, FloatArray]:
        sending = [trains[name] for name in self.senders.names]
        times = [
            np.rint(t.time * self._pace / self.senders.quantum).astype(np.int64) for t in sending
        ]
        steps = [
            np.floor(t.time / self.quantized.graph.dt + _ROUNDING).astype(np.int64) for t in sending
        ]
        flights = self.senders.deliver(steps, [t.neuron for t in sending], times)
        if not isinstance(self.latency, str):
            return flights, self.latency(flights)
        received = receive(self.latency, self.senders, flights.messages)
        seconds: FloatArray = (received - flights.sent) * np.float64(self.senders.quantum)
        return flights, seconds

    def _sorted(
        self, trains: Mapping[str, Train], flights: Flights, lag: FloatArray
    ) -> dict[str, Lags]:
        found = {}
        for number, name in enumerate(self.senders.names):
            own = flights.population == number
            lane = flights.lane[own]
            network_lag: FloatArray = lag[own] / np.float64(self._pace)
            alone = np.full(len(self.senders.lanes[name]), network_lag.min() if own.any() else 0.0)
            np.minimum.at(alone, lane, network_lag)
            found[name] = lags(
                trains[name], self.senders.lanes[name], flights.spike[own], lane, network_lag, alone
            )
        return found
