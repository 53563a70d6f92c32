"""The C++ loop computes the task, and reuses memory only where it says so."""

from __future__ import annotations

import pytest
import torch

from benchmarks.loops import build, loop_contender, loop_lif
from benchmarks.task import DECAY, make_task, pass_through


@pytest.fixture(scope="module")
def library():
    found = build()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("shape", [(7, 1, 3), (5, 3, 700), (1, 1, 1)])
def test_equals_the_definition(library, shape, reuse):
    contender = loop_contender("loop", make_task(*shape), reuse)
    assert contender.run is not None, contender.reason
    contender.run()


@pytest.mark.parametrize("reuse", [False, True])
def test_memory_of_results(library, reuse):
    task = make_task(6, 2, 50)
    layer = loop_lif(library, DECAY, reuse=reuse)
    first, second = (pass_through(layer, task.x, task.grad) for _ in range(2))
    shared = [one.data_ptr() == other.data_ptr() for one, other in zip(first, second, strict=True)]
    assert shared == [reuse, reuse]
    torch.testing.assert_close(first, second, rtol=0, atol=0)
