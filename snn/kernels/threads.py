"""One number of threads for torch and for the compiled loops."""

from __future__ import annotations

import numba
import torch


def share_threads() -> None:
    """Let compiled loops run on as many threads as torch does; call it before each of them.

    Starting numba's threads sets OpenMP's number of threads, which is torch's too. It is given
    back: sums over another number of threads round otherwise, and a run must not depend on what
    ran before it.
    """
    threads = torch.get_num_threads()
    most: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    numba.set_num_threads(min(threads, most))
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
