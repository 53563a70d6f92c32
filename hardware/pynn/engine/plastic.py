"""Synapses whose weights follow pairs of spikes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine.coefficients import steps
from polychrony.hardware.pynn.engine.pairs import Trace, depress, note, potentiate
from polychrony.hardware.pynn.engine.synapses import Synapses, rows_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rule:
    """How much a pair of spikes changes each synapse; all arrays are [S].

    Weights grow by `plus * (w_max - w)^mu_plus * trace` and fall by
    `minus * (w - w_min)^mu_minus * trace`, within their bounds.
    """

    plus: FloatArray
    minus: FloatArray
    mu_plus: FloatArray
    mu_minus: FloatArray
    w_min: FloatArray
    w_max: FloatArray


class _Group:
    """Synapses of equal axonal and dendritic delay and equal time constants."""

    def __init__(
        self, chosen: IntArray, synapses: Synapses, n_cells: int, key: tuple[float, ...]
    ) -> None:
        self.axonal, self.dendritic = int(key[0]), int(key[1])
        self.tau_plus, self.tau_minus = key[2], key[3]
        order, self.out_ptr = rows_of(synapses.pre[chosen], n_cells)
        self.out = chosen[order]
        order, self.in_ptr = rows_of(synapses.post[chosen], n_cells)
        self.into = chosen[order]
        self.pre, self.post = Trace.silent(n_cells), Trace.silent(n_cells)

    def resize(self, n_cells: int) -> None:
        more = n_cells + 1 - len(self.out_ptr)
        self.out_ptr = np.pad(self.out_ptr, (0, more), mode="edge")
        self.in_ptr = np.pad(self.in_ptr, (0, more), mode="edge")
        self.pre, self.post = self.pre.extended(more), self.post.extended(more)


class Plasticity:
    """Spike-timing-dependent plasticity of one projection, over all pairs of spikes.

    A presynaptic spike counts after the axonal part of the delay, a postsynaptic one after the
    dendritic part. Spikes that count at the same time make no pair; the postsynaptic one is taken
    first, unless there is no dendritic delay. What a spike transmits is the weight after the
    changes by all spikes before it and its own depression.

    Args:
        synapses: the synapses; their weights are changed.
        rule: how much a pair changes each.
        attributes: `tau_plus` and `tau_minus`, ms, and `dendritic_delay_fraction`, each [S].
        n_cells: number of cells of the network.
        dt: step, ms.
    """

    def __init__(
        self,
        synapses: Synapses,
        rule: Rule,
        attributes: Mapping[str, FloatArray],
        n_cells: int,
        dt: float,
    ) -> None:
        self.synapses, self.rule, self.dt = synapses, rule, dt
        fraction = attributes["dendritic_delay_fraction"]
        dendritic = steps(fraction * synapses.delay, 1.0)
        keys = np.stack(
            [
                synapses.delay - dendritic,
                dendritic,
                attributes["tau_plus"],
                attributes["tau_minus"],
            ]
        )
        unique, member = np.unique(keys, axis=1, return_inverse=True)
        self._groups = [
            _Group(np.flatnonzero(member.reshape(-1) == g), synapses, n_cells, tuple(unique[:, g]))
            for g in range(unique.shape[1])
        ]
        self.resize(n_cells)

    def resize(self, n_cells: int) -> None:
        """Make room for cells that the network has gained."""
        self._target = self.synapses.receptor * n_cells + self.synapses.post
        for group in self._groups:
            group.resize(n_cells)

    @property
    def memory(self) -> int:
        """Steps for which spikes must be remembered."""
        return int(self.synapses.delay.max(initial=0))

    def forget(self) -> None:
        """Forget all spikes."""
        for group in self._groups:
            group.pre.forget()
            group.post.forget()

    def end_step(self, step: int, spikes: Mapping[int, IntArray], ring: FloatArray) -> None:
        """Take account of what counts at a step, once its spikes are known.

        Args:
            step: the step.
            spikes: cells that fired at each of the last steps.
            ring: summed weights that arrive, [slots, 2, all cells].
        """
        flat = ring.reshape(len(ring), -1)
        for group in self._groups:
            self._postsynaptic(group, step, spikes)
            # Without a dendritic delay, what counts at the next step acts in it, before it is known
            # which cells fire.
            ahead = 0 if group.dendritic else 1
            self._presynaptic(group, step + ahead, spikes, flat)

    def _presynaptic(
        self, group: _Group, step: int, spikes: Mapping[int, IntArray], flat: FloatArray
    ) -> None:
        cells = spikes.get(step - group.axonal)
        if cells is None or not len(cells):
            return
        rule = self.rule
        depress(
            cells,
            step,
            group.out_ptr,
            group.out,
            self.synapses.post,
            self.synapses.weight,
            (rule.minus, rule.mu_minus, rule.w_min),
            (group.post.value, group.post.count, group.post.last),
            self.dt / group.tau_minus,
            self._target,
            flat[(step + group.dendritic) % len(flat)],
        )
        note(cells, step, *group.pre.arrays, self.dt / group.tau_plus)

    def _postsynaptic(self, group: _Group, step: int, spikes: Mapping[int, IntArray]) -> None:
        cells = spikes.get(step - group.dendritic)
        if cells is None or not len(cells):
            return
        rule = self.rule
        potentiate(
            cells,
            step,
            group.in_ptr,
            group.into,
            self.synapses.pre,
            self.synapses.weight,
            (rule.plus, rule.mu_plus, rule.w_max),
            (group.pre.value, group.pre.count, group.pre.last),
            self.dt / group.tau_plus,
        )
        note(cells, step, *group.post.arrays, self.dt / group.tau_minus)
