from __future__ import annotations

import pytest

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.quantity import Quantity
from polychrony.hardware.router import Router


def test_the_default_is_the_reference_router():
    router = Router()
    assert (router.pipeline, router.virtual_channels, router.buffer_flits) == ("speculative", 1, 8)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("buffer_flits", 0, "buffer_flits is 0, allowed are whole numbers from 1"),
        ("local_cycles", -1, "local_cycles is -1"),
        ("cycles_per_flit", 1.5, "cycles_per_flit is 1.5"),
        ("pipeline", "fast", "'fast', allowed are speculative, plain, asynchronous"),
        ("quantum", Quantity(1.0, "pJ", "x", "assumed"), "quantum must be a known time"),
        ("quantum", Quantity(None, "ns", "x", "assumed"), "quantum must be a known time"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(field, value, words):
    with pytest.raises(HardwareError, match=words):
        Router(**{field: value})
