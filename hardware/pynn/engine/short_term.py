"""Synapses that tire and recover, and synapses that fail."""

from __future__ import annotations

from collections.abc import Mapping

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine.synapses import Synapses, rows_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Spikes = Mapping[int, IntArray]


class _Sending:
    """What both kinds share: spikes are sent at once, with a strength of their own.

    Args:
        synapses: the synapses.
        n_cells: number of cells of the network.
    """

    memory = 0

    def __init__(self, synapses: Synapses, n_cells: int) -> None:
        self.synapses = synapses
        self._order, _ = rows_of(synapses.pre, n_cells)
        self.resize(n_cells)

    def resize(self, n_cells: int) -> None:
        """Make room for cells that the network has gained."""
        _, self._row_ptr = rows_of(self.synapses.pre, n_cells)
        self._target = self.synapses.receptor * n_cells + self.synapses.post


class ShortTerm(_Sending):
    """Depression and facilitation after Tsodyks, Uziel and Markram (2000).

    Of a synapse's resources a fraction x is recovered and y active; a spike first raises u by
    `U * (1 - u)`, then makes u * x active and transmits that times the weight. Between spikes u
    decays with tau_facil, y becomes inactive with the time constant of the receptor, and what is
    inactive recovers with tau_rec.

    Args:
        synapses: the synapses.
        attributes: `U`, and `tau_rec`, `tau_facil` and `tau_psc`, ms, each [S].
        n_cells: number of cells of the network.
        dt: step, ms.
    """

    def __init__(
        self, synapses: Synapses, attributes: Mapping[str, FloatArray], n_cells: int, dt: float
    ) -> None:
        super().__init__(synapses, n_cells)
        self.attributes, self.dt = attributes, dt
        self.forget()

    def forget(self) -> None:
        """All resources are recovered."""
        size = len(self.synapses)
        self._state = np.stack([np.zeros(size), np.ones(size), np.zeros(size)])
        self._last = np.zeros(size, np.int64)

    def end_step(self, step: int, spikes: Spikes, ring: FloatArray) -> None:
        """Send the spikes of a step."""
        cells, a = spikes.get(step), self.attributes
        if cells is not None:
            _release(
                cells,
                step,
                self._row_ptr,
                self._order,
                (a["U"], a["tau_rec"], a["tau_facil"], a["tau_psc"]),
                self._state,
                self._last,
                self.dt,
                self.synapses.weight,
                self.synapses.delay,
                self._target,
                ring.reshape(len(ring), -1),
            )


class Unreliable(_Sending):
    """Synapses that transmit each spike with a probability.

    Args:
        synapses: the synapses.
        probability: probability of each, [S].
        n_cells: number of cells of the network.
        seed: seeds of the network and of these synapses.
    """

    def __init__(
        self, synapses: Synapses, probability: FloatArray, n_cells: int, seed: tuple[int, ...]
    ) -> None:
        super().__init__(synapses, n_cells)
        self.probability = probability
        self._rng = np.random.default_rng(seed)

    def forget(self) -> None:
        """Nothing is remembered; after a reset, other spikes get through."""

    def end_step(self, step: int, spikes: Spikes, ring: FloatArray) -> None:
        """Send the spikes of a step."""
        flat = ring.reshape(len(ring), -1)
        for cell in spikes.get(step, ()):
            sent = self._order[self._row_ptr[cell] : self._row_ptr[cell + 1]]
            sent = sent[self._rng.random(len(sent)) < self.probability[sent]]
            slots = (step + self.synapses.delay[sent]) % len(flat)
            np.add.at(flat, (slots, self._target[sent]), self.synapses.weight[sent])


@numba.njit(cache=True)
def _left(h: float, tau: float) -> float:
    return float(np.exp(-h / tau)) if tau > 0 else 0.0


@numba.njit(cache=True)
def _returned(h: float, tau_y: float, tau_z: float) -> float:
    """Fraction of what was active that is recovered after h."""
    if tau_y == tau_z:
        return 1 - (1 + h / tau_z) * _left(h, tau_z)
    return 1 - (tau_z * _left(h, tau_z) - tau_y * _left(h, tau_y)) / (tau_z - tau_y)


@numba.njit(cache=True, nogil=True)
def _release(
    cells: IntArray,
    step: int,
    row_ptr: IntArray,
    synapse: IntArray,
    parameters: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    state: FloatArray,
    last: IntArray,
    dt: float,
    weight: FloatArray,
    delay: IntArray,
    target: IntArray,
    ring: FloatArray,
) -> None:
    use, tau_rec, tau_facil, tau_psc = parameters
    for cell in cells:
        for k in range(row_ptr[cell], row_ptr[cell + 1]):
            s = synapse[k]
            h = (step - last[s]) * dt
            u, x, y = state[0, s], state[1, s], state[2, s]
            inactive = 1 - x - y
            x += y * _returned(h, tau_psc[s], tau_rec[s]) + inactive * (1 - _left(h, tau_rec[s]))
            y *= _left(h, tau_psc[s])
            u *= _left(h, tau_facil[s])
            u += use[s] * (1 - u)
            sent = u * x
            state[0, s], state[1, s], state[2, s] = u, x - sent, y + sent
            last[s] = step
            ring[(step + delay[s]) % ring.shape[0], target[s]] += sent * weight[s]
