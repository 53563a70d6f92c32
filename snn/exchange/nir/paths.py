"""What lies between two layers of neurons: weights and delays, multiplied out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from polychrony.snn.exchange.nir.errors import NirError

BYTES_PER_ENTRY = 32
Indices = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Path:
    """y_i[t] = sum over entries (i, j, d, w) of w * x_j[t - d].

    Args:
        n_out: number of outputs.
        row: output i of each entry.
        col: input j of each entry.
        delay: steps d.
        weight: w.
    """

    n_out: int
    row: Indices
    col: Indices
    delay: Indices
    weight: Reals

    @property
    def passes_on(self) -> bool:
        """Whether outputs are the inputs."""
        order = np.arange(self.n_out)
        return (
            np.array_equal(self.row, order)
            and np.array_equal(self.col, order)
            and not self.delay.any()
            and bool((self.weight == 1).all())
        )


def straight(size: int) -> Path:
    """Outputs that are the inputs."""
    order = np.arange(size, dtype=np.int64)
    return Path(size, order, order, np.zeros(size, np.int64), np.ones(size))


def joined(paths: list[Path]) -> Path:
    """Sum of several paths from the same inputs to the same outputs."""
    if len(paths) == 1:
        return paths[0]
    columns = (
        np.concatenate([getattr(p, name) for p in paths])
        for name in ("row", "col", "delay", "weight")
    )
    return Path(paths[0].n_out, *columns)


def delayed(path: Path, steps: Indices) -> Path:
    """A path whose outputs come later by `steps`, one number for each."""
    return Path(path.n_out, path.row, path.col, path.delay + steps[path.row], path.weight)


def times(matrix: csr_array, path: Path, limit: int) -> Path:
    """A path followed by a matrix.

    Args:
        matrix: [N_out, path.n_out], without stored zeros.
        path: what comes before.
        limit: bytes that the result may take.

    Raises:
        NirError: it would take more.
    """
    n_out, n_in = matrix.shape
    uses = np.bincount(matrix.indices, minlength=n_in)
    made = int(uses[path.row].sum())
    if made * BYTES_PER_ENTRY > limit:
        raise NirError(
            f"would make {made:,} synapses, beyond {limit:,} bytes; raise the limit if wanted"
        )
    if np.array_equal(path.row, np.arange(n_in)):  # one entry for each output: nothing adds up
        row = np.repeat(np.arange(n_out, dtype=np.int64), np.diff(matrix.indptr))
        via = matrix.indices.astype(np.int64)
        return Path(n_out, row, path.col[via], path.delay[via], matrix.data * path.weight[via])
    parts = [_product(matrix, path, int(delay)) for delay in np.unique(path.delay)]
    return joined(parts) if parts else Path(n_out, *_nothing())


def _product(matrix: csr_array, path: Path, delay: int) -> Path:
    mine = path.delay == delay
    width = int(path.col.max()) + 1
    before = csr_array(
        (path.weight[mine], (path.row[mine], path.col[mine])), shape=(path.n_out, width)
    )
    both: Any = (matrix @ before).tocoo()
    row, col = both.coords
    weight = both.data.astype(np.float64)
    keep = weight != 0
    steps = np.full(int(keep.sum()), delay, np.int64)
    return Path(
        matrix.shape[0],
        row[keep].astype(np.int64),
        col[keep].astype(np.int64),
        steps,
        weight[keep],
    )


def _nothing() -> tuple[Indices, Indices, Indices, Reals]:
    empty = np.zeros(0, np.int64)
    return empty, empty, empty, np.zeros(0)
