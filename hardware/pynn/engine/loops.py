"""Compiled loops over cells and over spikes."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.pynn.engine import layout as at
from polychrony.hardware.pynn.engine.adaptive import adaptive_step, channel_step
from polychrony.hardware.pynn.engine.dynamics import (
    conductance_step,
    current_step,
    delta_step,
    izhikevich_step,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@numba.njit(cache=True, nogil=True)
def run_cells(
    model: int,
    begin: int,
    n_steps: int,
    state: FloatArray,
    waiting: IntArray,
    coefs: FloatArray,
    ring: FloatArray,
    first: int,
    current: FloatArray,
    spike_step: IntArray,
    spike_cell: IntArray,
    rows: IntArray,
    cells: IntArray,
    trace: FloatArray,
) -> int:
    """Advance cells of one model by some steps, and return how often they fired.

    Args:
        model: its number in `layout`.
        begin: step from which to start.
        n_steps: steps to take.
        state: state of each cell, [rows, N].
        waiting: steps of its refractory period that each cell still has, [N].
        coefs: coefficients of each cell, [rows, N].
        ring: summed weights that arrive at a step, [slots, 2, all cells]; read slots are emptied.
        first: column of the first cell in `ring`.
        current: injected current over each step, nA, [n_steps or 1, N].
        spike_step: step of each spike, written.
        spike_cell: cell of each spike, counted from `first`, written.
        rows: rows of the state to note after each step.
        cells: cells whose state to note.
        trace: what is noted, [n_steps, rows, cells], written.
    """
    fired = 0
    for j in range(n_steps):
        step = begin + 1 + j
        slot = step % ring.shape[0]
        injected = current[j if current.shape[0] > 1 else 0]
        for i in range(state.shape[1]):
            exc, inh = ring[slot, 0, first + i], ring[slot, 1, first + i]
            ring[slot, 0, first + i] = 0.0
            ring[slot, 1, first + i] = 0.0
            inp, free = coefs[at.I_OFFSET, i] + injected[i], waiting[i] == 0
            before = state[at.V, i]
            if model == at.CURRENT:
                current_step(state, coefs, i, free, inp, exc, inh)
            elif model == at.DELTA:
                delta_step(state, coefs, i, free, inp, exc, inh)
            elif model == at.CONDUCTANCE:
                conductance_step(state, coefs, i, free, inp, exc, inh)
            elif model == at.ADAPTIVE:
                adaptive_step(state, coefs, i, free, inp, exc, inh)
            elif model == at.CHANNELS:
                channel_step(state, coefs, i, inp, exc, inh)
                free = before < coefs[at.V_THRESH, i]  # one spike each time it passes
            else:
                izhikevich_step(state, coefs, i, inp, exc, inh)
            if waiting[i]:
                waiting[i] -= 1
            elif free and state[at.V, i] >= coefs[at.V_THRESH, i]:
                if model != at.CHANNELS:
                    state[at.V, i] = coefs[at.V_RESET, i]
                waiting[i] = np.int64(coefs[at.REFRACTORY, i])
                if model == at.IZHIKEVICH:
                    state[at.U, i] += coefs[at.D, i]
                elif model == at.ADAPTIVE:
                    state[at.W, i] += coefs[at.JUMP, i]
                spike_step[fired], spike_cell[fired] = step, i
                fired += 1
        for r in range(len(rows)):
            for k in range(len(cells)):
                trace[j, r, k] = state[rows[r], cells[k]]
    return fired


@numba.njit(cache=True, nogil=True)
def deliver(
    spike_step: IntArray,
    spike_cell: IntArray,
    row_ptr: IntArray,
    target: IntArray,
    delay: IntArray,
    weight: FloatArray,
    ring: FloatArray,
) -> None:
    """Add the weights of all synapses of cells that fired to the steps at which they act.

    Args:
        spike_step: step of each spike.
        spike_cell: cell of each spike, counted over all cells.
        row_ptr: first synapse of each cell, [all cells + 1].
        target: receptor * all cells + cell that each synapse ends at, [S].
        delay: steps, [S].
        weight: [S].
        ring: summed weights, [slots, 2 * all cells].
    """
    slots = ring.shape[0]
    for n in range(len(spike_step)):
        for k in range(row_ptr[spike_cell[n]], row_ptr[spike_cell[n] + 1]):
            ring[(spike_step[n] + delay[k]) % slots, target[k]] += weight[k]
