"""One number of threads for torch and for the compiled loops."""

from __future__ import annotations

import numba
import torch

FEW = 1 << 16
"""Operations that one thread has done before several have met."""


def share_threads(work: int = FEW) -> None:
    """Let compiled loops run on as many threads as torch does; call it before each of them.

    Starting numba's threads sets OpenMP's number of threads, which is torch's too. It is given
    back: sums over another number of threads round otherwise, and a run must not depend on what
    ran before it.

    Args:
        work: operations of the loop, about; fewer than `FEW` run on one thread.
    """
    threads = torch.get_num_threads()
    most: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    numba.set_num_threads(min(threads, most) if work >= FEW else 1)
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
