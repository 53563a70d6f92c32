"""Shared by all tests: fixed seeds, and the recorded data where it lies beside the checkout."""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch

BESIDE = Path(__file__).parents[2] / "shared" / "data"
RECORDED = Path(os.environ.get("POLYCHRONY_RECORDED", BESIDE))


@pytest.fixture(autouse=True)
def _seed() -> None:
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - libraries under test may draw from the global state
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def recorded_data() -> Path:
    """Folder of the recorded data sets, or a skip that says why."""
    if not (RECORDED / "unpack.py").is_file():
        pytest.skip(f"no recorded data at {RECORDED} (set POLYCHRONY_RECORDED)")
    return RECORDED
