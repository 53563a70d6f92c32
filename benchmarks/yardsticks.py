"""What the machine itself can do, measured among the contenders of the same run."""

from __future__ import annotations

import torch

from benchmarks.harness import Contender

COPY = "copy of memory"
PRODUCT = "matrix product"


def yardsticks(quick: bool, device: torch.device | None = None) -> list[Contender]:
    """A copy of memory and a product of two matrices, float32.

    Args:
        quick: small sizes that show nothing but that they run.
        device: where to run; the CPU by default.

    Returns:
        Two contenders; a copy of n bytes counts as 2 n moved, read and written.
    """
    count, width = (1 << 18, 64) if quick else (1 << 26, 2048)
    source = torch.ones(count, device=device)
    target = torch.empty_like(source)
    left, right = (torch.randn(width, width, device=device) for _ in range(2))
    out = torch.empty_like(left)
    return [
        Contender(
            COPY,
            lambda: target.copy_(source),
            detail=f"{source.nbytes >> 20} MiB",
            rate=(2.0 * source.nbytes, "B"),
        ),
        Contender(
            PRODUCT,
            lambda: torch.mm(left, right, out=out),
            detail=f"{width} x {width}",
            rate=(2.0 * width**3, "flop"),
        ),
    ]


def rate_of(contenders: list[Contender], name: str) -> float | None:
    """Bytes or operations per second of a yardstick that has run."""
    (found,) = (contender for contender in contenders if contender.name == name)
    median = found.median()
    return found.rate[0] / median if median and found.rate else None
