"""Pieces that the Triton kernels of all neurons share.

A program takes a block of columns, neurons of samples, through all steps; state stays in registers
in single precision. Inputs of a step are loaded while the step before is computed.
"""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def derivative(kind: tl.constexpr, a, b, distance):
    """Derivative of a surrogate at each distance to threshold; kinds as in `surrogates`."""
    if kind == 0:
        scaled = b * distance
        slope = a / (1.0 + scaled * scaled)
    elif kind == 1:
        scaled = a * tl.abs(distance) + 1.0
        slope = 1.0 / (scaled * scaled)
    elif kind == 2:
        slope = b * tl.maximum(1.0 - tl.abs(distance) / a, 0.0)
    elif kind == 3:
        e = tl.exp(-a * tl.abs(distance))
        slope = a * e / ((1.0 + e) * (1.0 + e))
    else:
        slope = tl.where(tl.abs(distance) <= a, b, 0.0)
    return slope


@triton.jit
def keep(pointer, distance, inside):
    """Store a distance to threshold so that its sign tells, rounded or not, who fired."""
    rounded = distance.to(pointer.dtype.element_ty).to(tl.float32)
    # 2^-24 is the smallest number of the half precision with the fewer exponents.
    told = tl.where((distance < 0.0) & (rounded >= 0.0), -5.9604645e-08, rounded)
    tl.store(pointer, told, mask=inside)


@triton.jit
def place(size, n_neurons, BLOCK: tl.constexpr):
    """Columns of this program, which of them exist, and their neurons."""
    columns = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    return columns, columns < size, columns % n_neurons


@triton.jit
def those(columns, size, condition):
    """Columns that exist, if a condition of the whole program holds."""
    return columns < tl.where(condition, size, 0)


@triton.jit
def single(pointer, inside):
    """Load in single precision; 0 where there is nothing."""
    return tl.load(pointer, mask=inside, other=0.0).to(tl.float32)


@triton.jit
def after_reset(distance, h, limit, v_reset, SOFT: tl.constexpr):
    """Potential after the reset of those that fired."""
    if SOFT:
        settled = tl.where(distance >= 0.0, h - limit, h)
    else:
        settled = tl.where(distance >= 0.0, v_reset, h)
    return settled


@triton.jit
def before_reset(
    distance, limit, carried, upstream, v_reset, slope, SOFT: tl.constexpr,
    DETACH: tl.constexpr,
):  # fmt: skip
    """Gradient of h from that of v and of the spike, and the part through the spike.

    Returns:
        Gradient of h; gradient of the threshold.
    """
    fired = (distance >= 0.0).to(tl.float32)
    if SOFT:
        passed, drop, through_limit = carried, -limit, fired * carried
    else:
        passed, drop, through_limit = carried * (1.0 - fired), v_reset - distance - limit, 0.0
    pulled = upstream * slope if DETACH else (upstream + carried * drop) * slope
    return passed + pulled, -(pulled + through_limit)
