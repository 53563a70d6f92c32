"""One network, the same samples: in software, and on a chip."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from polychrony.hardware.batches import Batch, batches
from polychrony.hardware.behind import Behind
from polychrony.hardware.bitbudget import BitReport
from polychrony.hardware.bitbudget.on_chip import bit_account, check_bits, slope_on
from polychrony.hardware.chip import Chip
from polychrony.hardware.chips import get_chip
from polychrony.hardware.decision import decisions, find_readout
from polychrony.hardware.errors import HardwareError
from polychrony.hardware.fit import FanIn
from polychrony.hardware.learning import LearningReport, LearningRule, learning_account
from polychrony.hardware.loop.compensate import compensated
from polychrony.hardware.loop.deadline import shortest_tick
from polychrony.hardware.loop.options import Loop
from polychrony.hardware.loop.session import LoopSession
from polychrony.hardware.mapping import Placement
from polychrony.hardware.neurobench import GraphAccount, NeuroBenchReport
from polychrony.hardware.noc import Ledger, Routes
from polychrony.hardware.noc.modes import check_mode
from polychrony.hardware.noc.senders import Senders
from polychrony.hardware.prepare import Preparation, Prepared
from polychrony.hardware.profile import Profile
from polychrony.hardware.quantized import QuantizationError
from polychrony.hardware.recorder import Recorder
from polychrony.hardware.report import CostReport
from polychrony.hardware.simulate import run_on_chip
from polychrony.hardware.tally import tally
from polychrony.hardware.wilson import wilson
from polychrony.snn.activity import Activity
from polychrony.snn.graph import NetworkGraph
from polychrony.snn.simulate import simulate

Progress = Callable[[int, int | None], None]
Software = Callable[[NetworkGraph, Mapping[str, npt.NDArray[Any]]], Activity]


@dataclass(frozen=True, eq=False)
class CosimResult:
    """What becomes of a network on a chip.

    Args:
        predictions_software: class of each sample in software, int64 [B].
        predictions_hardware: class of each sample on the chip, int64 [B].
        labels: true class of each sample, [B], or None.
        costs: time, energy and events on the chip.
        changes: what was changed in the network so that it fits.
        spikes_software: spikes of each population per inference, in software.
        spikes_hardware: the same on the chip.
        spikes_differ: neurons and steps at which only one of the two runs spikes, per inference.
        quantization: error of the integers of each population.
        simulation_steps_per_s: algorithmic steps, summed over samples, that this computer ran on
            the modelled chip per second.
        loop: what the ways of the spikes did, see `LoopSession.report`; None where all are taken to
            arrive in their step.
        learning: what a rule would take on the chip beside; None without a rule.
        bits: what the chip computes and keeps, in bits; None where its numbers have no width.
        neurobench: NeuroBench's metrics of the software run; None where they were not asked for.
    """

    predictions_software: npt.NDArray[np.int64]
    predictions_hardware: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64] | None
    costs: CostReport
    changes: dict[str, Any]
    spikes_software: dict[str, float]
    spikes_hardware: dict[str, float]
    spikes_differ: dict[str, float]
    quantization: tuple[QuantizationError, ...]
    simulation_steps_per_s: float
    loop: dict[str, Any] | None = None
    learning: LearningReport | None = None
    bits: BitReport | None = None
    neurobench: NeuroBenchReport | None = None

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

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """Wilson's 95 % intervals of accuracies, as far as there are labels, and of agreement."""
        n = len(self.predictions_software)
        shares = {
            "accuracy_software": self.accuracy_software,
            "accuracy_hardware": self.accuracy_hardware,
            "agreement": self.agreement,
        }
        return {k: wilson(round(v * n), n) for k, v in shares.items() if v is not None}

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with units in the keys; no predictions of single samples."""
        return {
            "accuracy_software": self.accuracy_software,
            "accuracy_hardware": self.accuracy_hardware,
            "agreement": self.agreement,
            "intervals_95": self.intervals,
            **self.costs.to_dict(),
            "changes": self.changes,
            "simulation_steps_per_s": self.simulation_steps_per_s,
            "spikes_software_per_inference": self.spikes_software,
            "spikes_hardware_per_inference": self.spikes_hardware,
            "spikes_differ_per_inference": self.spikes_differ,
            "quantization": [asdict(error) for error in self.quantization],
            "loop": self.loop,
            "learning": None if self.learning is None else self.learning.to_dict(),
            "bits": None if self.bits is None else self.bits.to_dict(),
            "neurobench": None if self.neurobench is None else self.neurobench.to_dict(),
        }


class _Comparison:
    """Running totals of both runs."""

    def __init__(self) -> None:
        self.software: list[npt.NDArray[np.int64]] = []
        self.hardware: list[npt.NDArray[np.int64]] = []
        self.labels: list[npt.NDArray[np.int64] | None] = []
        self.spikes: dict[str, npt.NDArray[np.int64]] = {}

    def add(
        self,
        software: Activity,
        hardware: Activity,
        decider: str,
        classes: npt.NDArray[np.int64] | None,
    ) -> None:
        self.software.append(decisions(software, decider))
        self.hardware.append(decisions(hardware, decider))
        self.labels.append(classes)

    def count(self, software: Activity, hardware: Activity) -> None:
        for name, spikes in software.spikes.items():
            found = tally(spikes, hardware.spikes[name])
            self.spikes[name] = self.spikes.get(name, np.zeros(3, np.int64)) + found

    def per_inference(self, column: int) -> dict[str, float]:
        samples = sum(map(len, self.software))
        return {name: float(sums[column]) / samples for name, sums in self.spikes.items()}

    def all_labels(self) -> npt.NDArray[np.int64] | None:
        given = [labels for labels in self.labels if labels is not None]
        if len(given) not in (0, len(self.labels)):
            raise HardwareError("some batches have labels and others have none; give all or none")
        return np.concatenate(given).astype(np.int64) if given else None


_SAMPLES_FOR_RATES = 16


def _rates(
    graph: NetworkGraph, flow: Iterator[Batch], software: Software
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, npt.NDArray[np.float64]], Iterator[Batch]]:
    """The first samples, spikes of each neuron in them, and all batches, those included."""
    seen, taken = 0, []
    for batch in flow:
        taken.append(batch)
        seen += batch[0].shape[1]
        if seen >= _SAMPLES_FOR_RATES:
            break
    if not seen:
        raise HardwareError("there are no samples to run")
    steps = min(len(counts) for counts, _ in taken)
    first = np.concatenate([counts[:steps] for counts, _ in taken], axis=1)
    few = {graph.inputs[0].name: first[:, :_SAMPLES_FOR_RATES]}
    run = software(graph, few)
    rates = {name: s.sum(axis=(0, 1)) / run.batch_size for name, s in run.spikes.items()}
    return few, rates, itertools.chain(taken, flow)


def _with_tick(
    loop: Loop, prepared: Prepared, costs: Profile, noc: str, few: dict[str, npt.NDArray[Any]]
) -> Loop:
    """The loop with the tick that its share of late spikes asks for."""
    if loop.max_late is None:
        return loop
    senders = Senders(Routes(prepared.mapping), costs)
    activity = run_on_chip(prepared.quantized, few)
    tick = shortest_tick(senders, noc, activity, loop.max_late)
    return replace(loop, max_late=None, tick=tick)


def _compensate(
    prepare: Preparation,
    prepared: Prepared,
    costs: Profile,
    noc: str,
    loop: Loop,
    few: dict[str, npt.NDArray[Any]],
    rates: dict[str, npt.NDArray[np.float64]],
) -> Prepared:
    """Shorten delays by what the chip adds to them in a few samples, as often as asked for."""
    trained = prepared.fitted
    for _ in range(loop.compensate):
        session = LoopSession(prepared, costs, noc, loop, prepare.quantize)
        session(few)
        if session.streams is None:
            break
        fitted = compensated(trained, prepared, session.streams)
        prepared = prepare.lay_out(fitted, prepared.mapping.chip, rates)
    return prepared


def cosimulate(
    graph: NetworkGraph,
    inputs: Any,
    labels: Any = None,
    *,
    chip: str | Chip = "loihi",
    profile: str | None = None,
    noc: str = "analytic",
    static: bool = False,
    relays: bool | None = False,
    fan_in: FanIn | Literal["auto"] = "refuse",
    mismatch: float | None = None,
    readout: str | None = None,
    place: str | Placement = "annealing",
    seed: int = 0,
    loop: Loop | None = None,
    quantize: bool = True,
    spare_bits: Mapping[str, int] | None = None,
    batch_size: int = 64,
    progress: Progress | None = None,
    recorder: Recorder | None = None,
    software: Software = simulate,
    learning: LearningRule | None = None,
    bit_energy: float | None = None,
    neurobench: bool = False,
) -> CosimResult:
    """Run a network in software and on a modelled chip, on the same samples.

    The network is checked against the limits of the chip, turned into its numbers, cut into cores
    and placed on tiles; then it runs in the chip's arithmetic, and every event is priced.

    Where all cores wait for each other at the end of a step (Loihi), congestion makes a step
    longer; it neither loses a spike nor moves it to another step. With fixed ticks (TrueNorth), in
    continuous time (DYNAP-SE), and under a deadline of one's own, spikes come late: `loop` lets
    them act when they arrive. Without it they are taken to arrive in time, and what differs from
    the software is due to the chip's arithmetic alone.

    Args:
        graph: the network, with one input population.
        inputs: spike counts [T, B, N], or an iterable of pairs (counts, labels).
        labels: class of each sample, [B], if `inputs` is one array.
        chip: a chip or its name.
        profile: name of the costs; the chip's default without one.
        noc: how the network on chip is treated, one of `noc.MODES`.
        static: add static energy, see `Ledger`.
        relays: build delays that the chip cannot hold from relay neurons, see `Preparation`.
        fan_in: what to do with neurons of too many synapses, see `Preparation`.
        mismatch: coefficient of variation between analog circuits, instead of the chip's.
        readout: population that decides; the only output without one.
        place: way of placing cores on tiles, or a rule that does it.
        seed: seed of the placement and of mismatch.
        loop: whether arrivals come back into the network; off without it.
        quantize: run in the arithmetic of the chip; in real numbers without.
        spare_bits: bits that the potentials of a population keep free, see `quantize`.
        batch_size: samples held in memory at a time; results do not depend on it.
        progress: called after each batch with the samples done and all samples (None if unknown).
        recorder: looks on, and keeps what the result leaves out.
        software: what runs the network in software; one that remembers spares a caller who
            compares chips on the same samples most of these runs.
        learning: a rule whose cost on the chip is counted from the spikes of this run; weights stay
            as they are.
        bit_energy: energy k of a bit operation, J; derived from the chip's synapse without one.
        neurobench: count NeuroBench's metrics of the software run, see `GraphAccount`.

    Returns:
        Decisions of both runs, and costs on the chip.

    Raises:
        HardwareError: the network does not fit the chip, or arguments are not what they must be.
        PotentialRangeError: a potential overflows; `spare_bits` give its population more room.
        UnknownQuantityError: no event of the chip has a published energy.
        GraphError: the inputs do not fit the network.
    """
    target = get_chip(chip) if isinstance(chip, str) else chip
    if len(graph.inputs) != 1:
        raise HardwareError(f"the network has {len(graph.inputs)} inputs; exactly 1 is needed")
    if batch_size < 1:
        raise HardwareError(f"batch_size is {batch_size}, at least 1 is needed")
    check_mode(noc)
    costs = target.profile(profile)
    costs.require_any_energy()
    if loop is not None:
        loop.check(target)
    if learning is not None:
        target.require_learning()
        learning.check(graph)
    check_bits(target, quantize, bit_energy)
    decider, source = find_readout(graph, readout), graph.inputs[0].name
    flow, total = batches(inputs, labels, batch_size)
    few, rates, flow = _rates(graph, flow, software)
    prepare = Preparation(relays, fan_in, mismatch, place, seed, quantize, spare_bits)
    on_chip = prepare(graph, target, rates)
    chosen = _with_tick(loop or Loop(), on_chip, costs, noc, few)
    on_chip = _compensate(prepare, on_chip, costs, noc, chosen, few, rates)
    session = LoopSession(on_chip, costs, noc, chosen, quantize)
    ledger = Ledger(
        session.senders.routes,
        costs,
        static=static,
        noc=noc,
        tick=None if session.timing is None else chosen.tick,
        arrivals=None if session.timing is None else session.seen,
    )
    taught = None if learning is None else learning_account(on_chip, learning)
    bits = bit_account(on_chip.quantized, quantize)
    metrics = GraphAccount(graph) if neurobench else None
    if recorder is not None:
        recorder.begin(ledger)
    seen, seconds, steps, done = _Comparison(), 0.0, 0, 0

    def account(expected: Activity, hardware: Activity) -> None:
        nonlocal seconds
        begin = time.perf_counter()
        ledger.record(hardware)
        seconds += time.perf_counter() - begin
        if taught is not None:
            taught.record(hardware)
        if bits is not None:
            bits.record(hardware)
        if metrics is not None:
            metrics.record(expected)
        seen.count(expected, hardware)
        if recorder is not None:
            recorder.add(expected, hardware)

    def told() -> None:
        behind.wait()
        if progress is not None and done:
            progress(done, total)

    with Behind() as behind:
        for counts, classes in flow:
            expected = software(graph, {source: counts})
            begin = time.perf_counter()
            hardware = session({source: counts})
            taken = time.perf_counter() - begin
            seen.add(expected, hardware, decider, classes)
            told()
            seconds += taken
            behind.start(partial(account, expected, hardware))
            steps += hardware.n_steps * hardware.batch_size
            done += hardware.batch_size
        told()
    return CosimResult(
        predictions_software=np.concatenate(seen.software),
        predictions_hardware=np.concatenate(seen.hardware),
        labels=seen.all_labels(),
        costs=ledger.report(),
        changes=on_chip.fitted.changes,
        spikes_software=seen.per_inference(0),
        spikes_hardware=seen.per_inference(1),
        spikes_differ=seen.per_inference(2),
        quantization=on_chip.quantized.errors,
        simulation_steps_per_s=steps / seconds,
        loop=session.report(),
        learning=None if taught is None else taught.report(costs),
        bits=None if bits is None else bits.report(slope_on(target, costs, bit_energy)),
        neurobench=None if metrics is None else metrics.report(),
    )
