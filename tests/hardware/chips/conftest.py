"""What tests of all chips share."""

from __future__ import annotations

import pytest


@pytest.fixture
def described() -> tuple[str, ...]:
    """Fields of a chip that are words or quantities with a source of their own."""
    return (
        "name",
        "time",
        "levels",
        "delay_of",
        "delays_run_from",
        "readable_potential",
        "tick",
        "chips",
    )
