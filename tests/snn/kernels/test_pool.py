"""Reused memory is never memory that somebody still holds."""

from __future__ import annotations

import gc
import itertools
import threading

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import LIF
from polychrony.snn.kernels.pool import POOL, Pool, empty

MEGABYTE = 1 << 20
SHAPE = (300, 1024)


def _storage(tensor):
    return tensor.untyped_storage().data_ptr()


def test_memory_is_used_again_once_nobody_holds_it():
    pool = Pool(64 * MEGABYTE)
    first = pool.empty(SHAPE, torch.float32)
    place = _storage(first)
    assert first.shape == SHAPE and first.is_contiguous() and place % 64 == 0
    del first
    assert _storage(pool.empty(SHAPE, torch.float32)) == place


@pytest.mark.parametrize(
    "hold",
    [
        lambda tensor: tensor[5:7, ::3],
        lambda tensor: tensor.detach().t(),
        lambda tensor: tensor.numpy()[2:],
        lambda tensor: torch.from_dlpack(tensor),
        lambda tensor: tensor.untyped_storage(),
        lambda tensor: tensor.unbind()[7],
    ],
    ids=["slice", "transpose", "numpy", "dlpack", "storage", "unbind"],
)
def test_whatever_shares_memory_keeps_it(hold):
    pool = Pool(64 * MEGABYTE)
    first = pool.empty(SHAPE, torch.float32)
    place, held = _storage(first), hold(first)
    del first
    others = [pool.empty(SHAPE, torch.float32) for _ in range(3)]
    assert place not in {_storage(other) for other in others}
    del held
    gc.collect()
    assert _storage(pool.empty(SHAPE, torch.float32)) == place


def test_what_autograd_saved_keeps_it():
    layer = LIF(10e-3, 1e-3, backend="cpu")
    x = torch.randn(40, 16, 1024, requires_grad=True)
    spikes = layer(x)
    kept = spikes.square()  # saves the spikes for its backward pass
    wanted = spikes.detach().clone()
    del spikes
    for _ in range(3):
        layer(torch.full_like(x, 3.0))
    kept.sum().backward()
    again = torch.autograd.grad((layer(y := x.detach().requires_grad_()).square()).sum(), y)[0]
    torch.testing.assert_close(x.grad, again)
    assert torch.equal(layer(x), wanted)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 40)), max_size=40))
def test_live_tensors_never_overlap(steps):
    pool = Pool(8 * MEGABYTE)
    slots = {}
    for slot, size in steps:
        slots[slot] = pool.empty((size, 50_000), torch.float32)
        spans = sorted((_storage(t), _storage(t) + t.nbytes) for t in slots.values())
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    pool.release()
    assert pool.idle_bytes == 0


def test_idle_memory_is_bounded_and_can_be_released():
    pool = Pool(10 * MEGABYTE)
    held = [pool.empty((3, MEGABYTE // 4), torch.float32) for _ in range(8)]
    del held
    pool.empty((1, 4), torch.float32)
    assert pool.idle_bytes <= 10 * MEGABYTE
    pool.release()
    assert pool.idle_bytes == 0


def test_small_and_unusual_requests_get_ordinary_memory():
    pool = Pool(64 * MEGABYTE)
    assert pool.empty((4, 4), torch.float32).shape == (4, 4)
    assert pool.empty((0, 4), torch.float64).shape == (0, 4)
    half = pool.empty((MEGABYTE, 2), torch.bfloat16)
    assert half.dtype == torch.bfloat16
    assert pool.idle_bytes == 0


def test_other_devices_keep_their_own_allocator():
    assert empty((3, 4), torch.zeros(1, device="meta")).device.type == "meta"


def test_threads_share_the_pool():
    layer = LIF(10e-3, 1e-3, backend="cpu")
    inputs = [torch.full((30, 16, 1024), value) for value in (0.2, 0.4, 2.0)]
    wanted = [layer(x) for x in inputs]
    wrong = []

    def work(x, expected):
        for _ in range(10):
            if not torch.equal(layer(x), expected):
                wrong.append(1)

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(inputs, wanted, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert POOL.idle_bytes <= POOL.idle_limit
