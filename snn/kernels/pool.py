"""Large results in memory that was used before.

The pages of fresh memory are handed out by the operating system one fault at a time, which costs
more than the neurons that fill them. So buffers of results that nobody holds any more are kept and
given out again. A buffer comes back only when the storage made of it has been freed: every tensor,
view, gradient or numpy array that shares the memory keeps it away from the pool.
"""

from __future__ import annotations

import math
import os
import threading
import weakref
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Buffer = npt.NDArray[np.uint8]

_SMALLEST = 1 << 20  # below it, the allocator of torch reuses memory by itself
_ALIGNMENT = 64
_NUMPY: dict[torch.dtype, Any] = {
    torch.float32: np.float32,
    torch.float64: np.float64,
    torch.float16: np.float16,
}


def _memory_of_machine() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 << 30


class Pool:
    """Buffers that wait to be used again.

    Args:
        idle_limit: bytes that may wait; the longest idle buffers beyond it are freed.
    """

    def __init__(self, idle_limit: int) -> None:
        self.idle_limit = idle_limit
        self._idle: deque[Buffer] = deque()
        self._returned: deque[Buffer] = deque()
        self._lent: dict[int, tuple[weakref.ref[Any], Buffer]] = {}
        self._lock = threading.Lock()

    @property
    def idle_bytes(self) -> int:
        """Bytes that wait to be used again."""
        return sum(buffer.nbytes for queue in (self._idle, self._returned) for buffer in [*queue])

    def empty(self, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """A tensor on the CPU whose values are not set, as `torch.empty`.

        Args:
            shape: its shape.
            dtype: its type; those that numpy lacks get ordinary memory.

        Returns:
            A contiguous tensor that owns its memory until its storage is freed.
        """
        count = math.prod(shape)
        size = count * dtype.itemsize
        if size < _SMALLEST or dtype not in _NUMPY:
            return torch.empty(shape, dtype=dtype)
        buffer = self._take(_size_class(size + _ALIGNMENT))
        start = -buffer.ctypes.data % _ALIGNMENT
        values = buffer[start : start + size].view(_NUMPY[dtype])
        self._lend(values, buffer)
        return torch.from_numpy(values).view(shape)

    def release(self) -> None:
        """Give all waiting memory back to the operating system."""
        with self._lock:
            self._returned.clear()
            self._idle.clear()

    def _lend(self, values: npt.NDArray[Any], buffer: Buffer) -> None:
        key = id(values)

        # It may run at any moment, in any thread, within this pool's own methods too: it must not
        # wait for the lock, and appending to a deque is atomic.
        def come_back(_: object) -> None:
            self._lent.pop(key, None)
            self._returned.append(buffer)
            if self._lock.acquire(blocking=False):
                try:
                    self._collect()
                finally:
                    self._lock.release()

        self._lent[key] = (weakref.ref(values, come_back), buffer)

    def _take(self, size: int) -> Buffer:
        with self._lock:
            self._collect()
            for position in range(len(self._idle) - 1, -1, -1):
                if self._idle[position].nbytes == size:
                    buffer = self._idle[position]
                    del self._idle[position]
                    return buffer
        return np.empty(size, np.uint8)  # of this size, numpy asks for huge pages where it can

    def _collect(self) -> None:
        """Move returned buffers to the waiting ones, and drop what is over the limit."""
        while self._returned:
            self._idle.append(self._returned.popleft())
        total = sum(buffer.nbytes for buffer in self._idle)
        while self._idle and total > self.idle_limit:
            total -= self._idle.popleft().nbytes


def _size_class(size: int) -> int:
    """Size rounded up by at most an eighth, so that nearly equal requests share buffers."""
    step = 1 << max(0, size.bit_length() - 4)
    return -(-size // step) * step


POOL = Pool(_memory_of_machine() // 8)


def empty(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """`like.new_empty(shape)`, in reused memory where that pays.

    Args:
        shape: shape of the result.
        like: tensor whose type and device it gets.

    Returns:
        A contiguous tensor whose values are not set.
    """
    if like.device.type != "cpu":
        return like.new_empty(shape)
    return POOL.empty(tuple(shape), like.dtype)
