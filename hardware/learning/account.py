"""Add up what learning on a chip would do in a run, batch after batch."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.learning.active import active
from polychrony.hardware.learning.memory import core_memory
from polychrony.hardware.learning.report import LearningReport, PolicyCost
from polychrony.hardware.learning.rule import POLICIES, LayerLearning, LearningRule, Policy
from polychrony.hardware.learning.synapses import Heard, heard_by
from polychrony.hardware.learning.visits import Visits, visits
from polychrony.hardware.mapping import Mapping
from polychrony.hardware.prepare import Prepared
from polychrony.hardware.profile import Cost, LearningCosts, Profile
from polychrony.snn.activity import Activity

IntArray = npt.NDArray[np.int64]

EVENTS = (
    "pre_trace_spikes",
    "pre_trace_decays",
    "post_trace_updates",
    "signal_synaptic_ops",
    "signal_products",
    "synapse_visits",
    "synapses_visited",
)
"""Spikes that raise traces of inputs; decays of those traces, each step; updates of traces of
neurons, each step; synaptic operations and products of the learning signal; visits to synapses,
step by step; and synapses that are visited at all in a sequence."""

_ASSUMPTIONS = (
    "a neuron's learning signal, surrogate derivative and trace of its own are taken to be other "
    "than 0 in every step from the first that learns, except where its signal is 0 throughout",
    "element-wise work of neurons and the spread of signals over the chip are not charged",
    "fixed weights of the learning signal lie beside their neuron, one synapse each, and are read "
    "in both directions",
    "cores learn side by side, each one synapse after the other, after the step's inference",
)


@dataclass(frozen=True)
class _Layer:
    """One population whose synapses learn.

    Args:
        rule: how.
        heard: what they hear.
        neurons: its neurons on the chip.
        loud: those with a learning signal, [N].
    """

    rule: LayerLearning
    heard: list[Heard]
    neurons: int
    loud: npt.NDArray[np.bool_]

    @property
    def traces(self) -> int:
        """Traces of inputs."""
        return sum(len(h.core) for h in self.heard) if self.rule.pre_trace else 0


def learning_account(prepared: Prepared, rule: LearningRule) -> LearningAccount:
    """Account of learning in a network that was made to fit a chip.

    Args:
        prepared: the network on the chip.
        rule: the rule.

    Raises:
        HardwareError: neurons were split, so that their synapses end at others; or see
            `LearningAccount`.
        GraphError: see `LearningAccount`.
    """
    if set(prepared.fitted.made) - set(prepared.fitted.relays):
        raise HardwareError(
            f"neurons were split to fit {prepared.mapping.chip.name}, and a rule cannot reach the "
            "synapses of the parts; prune them with --fan-in prune"
        )
    return LearningAccount(prepared.mapping, rule)


class LearningAccount:
    """Account of what learning would take beside the inference of a mapped network.

    Neurons that take several of the chip's count once.

    Args:
        mapping: the network on its cores.
        rule: the rule.

    Raises:
        HardwareError: no learning on the chip is described, or the rule does not fit the network.
        GraphError: the network has not all of the rule's populations.
    """

    def __init__(self, mapping: Mapping, rule: LearningRule) -> None:
        self.mapping, self.rule = mapping, rule
        self.state = mapping.chip.require_learning()
        rule.check(mapping.graph)
        self.n_samples = 0
        self._counts = {layer.population: np.zeros(len(EVENTS), np.int64) for layer in rule.layers}
        self._slowest = dict.fromkeys(POLICIES, 0)

    @cached_property
    def _layers(self) -> list[_Layer]:
        on_chip = {s.population for s in self.mapping.slices}
        made = []
        for layer in self.rule.layers:
            if layer.population in on_chip:
                size = self.mapping.graph[layer.population].size
                loud = np.ones(size, bool)
                loud[list(layer.silent)] = False
                made.append(_Layer(layer, heard_by(self.mapping, layer), size, loud))
        return made

    def record(self, activity: Activity) -> None:
        """Account for one more batch of samples.

        Args:
            activity: what the network did on the chip, spikes of inputs included.

        Raises:
            GraphError: the activity does not belong to the network.
        """
        activity.check(self.mapping.graph)
        self.n_samples += activity.batch_size
        each_step: Any = 0
        once: Any = 0
        for layer in self._layers:
            found = self._visits(layer, activity)
            self._counts[layer.rule.population] += self._events(layer, activity, found)
            each_step, once = each_step + found.each_step, once + found.once
        if self._layers and activity.batch_size:
            steps = int(each_step.max(axis=2).sum())
            self._slowest["online"] += steps
            self._slowest["sequence"] += steps + int(once.max(axis=1).sum())

    def _visits(self, layer: _Layer, activity: Activity) -> Visits:
        heard = []
        for entries in layer.heard:
            spikes = activity.spikes[entries.source]
            heard.append((entries, spikes, active(spikes, layer.rule, self.state)))
        shape = activity.n_steps, activity.batch_size, self.mapping.n_cores
        return visits(heard, self.rule.first_step, shape)

    def _events(self, layer: _Layer, activity: Activity, found: Visits) -> IntArray:
        """Events of one layer, as `EVENTS`."""
        rule, n_steps = layer.rule, activity.n_steps
        runs = n_steps * activity.batch_size
        learned = max(0, n_steps - self.rule.first_step) * activity.batch_size
        spikes = 0
        if rule.signal_per_spike:
            own = activity.spikes[rule.population][self.rule.first_step :, :, layer.loud]
            spikes = int(own.sum(dtype=np.int64))
        events = {
            "pre_trace_spikes": int(found.arrivals.sum()) if rule.pre_trace else 0,
            "pre_trace_decays": layer.traces * runs,
            "post_trace_updates": layer.neurons * runs if rule.post_trace else 0,
            "signal_synaptic_ops": spikes * rule.signal_per_spike,
            "signal_products": int(layer.loud.sum()) * learned * rule.signal_per_step,
            "synapse_visits": int(found.each_step.sum()),
            "synapses_visited": int(found.once.sum()),
        }
        return np.array([events[name] for name in EVENTS], np.int64)

    def report(self, profile: Profile) -> LearningReport:
        """Costs per sample of everything recorded.

        Args:
            profile: prices.

        Raises:
            HardwareError: nothing has been recorded.
        """
        if not self.n_samples:
            raise HardwareError("no learning to report: nothing has been recorded")
        held = {layer.rule.population for layer in self._layers}
        layers = {
            name: dict(zip(EVENTS, (counts / self.n_samples).tolist(), strict=True))
            for name, counts in self._counts.items()
            if name in held
        }
        total = sum(self._counts.values(), np.zeros(len(EVENTS), np.int64))
        counts = dict(zip(EVENTS, (total / self.n_samples).tolist(), strict=True))
        return LearningReport(
            self.rule.name,
            self.n_samples,
            counts,
            layers,
            tuple(name for name in self._counts if name not in held),
            {policy: self._cost(policy, counts, profile) for policy in POLICIES},
            _ASSUMPTIONS,
        )

    def _cost(self, policy: Policy, counts: Table[str, float], profile: Profile) -> PolicyCost:
        costs = profile.learning or LearningCosts()
        online = policy == "online"
        added = 0.0 if online else counts["synapse_visits"]
        changed = counts["synapse_visits"] if online else counts["synapses_visited"]
        priced: dict[str, tuple[float, Cost]] = {
            "accumulations": (added, costs.synapse_update),
            "weight_updates": (changed, costs.synapse_update),
            "pre_traces": (
                counts["pre_trace_spikes"] + counts["pre_trace_decays"],
                costs.pre_trace,
            ),
            "post_traces": (counts["post_trace_updates"], costs.post_trace),
            "signal_synaptic_ops": (counts["signal_synaptic_ops"], profile.synapse),
            "signal_products": (counts["signal_products"], costs.signal_product),
        }
        energy = {name: _joules(number, cost) for name, (number, cost) in priced.items()}
        unpaid = tuple(name for name, joules in energy.items() if joules is None)
        known = sum(joules for joules in energy.values() if joules is not None)
        engine = self._slowest[policy] / self.n_samples
        time = costs.synapse_update.latency
        return PolicyCost(
            added,
            changed,
            None if "weight_updates" in unpaid else known,
            energy,
            unpaid,
            0.0 if not engine else time.require("s") * engine if time.known else None,
            core_memory(self.mapping, self.rule, policy),
        )


def _joules(number: float, cost: Cost) -> float | None:
    """Energy of events; None where they have no price and do happen."""
    if not number:
        return 0.0
    return number * cost.energy.require("J") if cost.energy.known else None
