"""Convolutions and pooling over space, as synapses one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polychrony.snn.errors import SnnError

Padding = int | Sequence[int] | str
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Synapses:
    """y_post = sum over synapses of weight * x_pre, on maps flattened channel by channel.

    Args:
        shape: shape of the output, [C, *space].
        pre: input of each synapse, [S].
        post: output of each synapse, [S].
        weight: its weight, float64 [S]; zeros of the kernel are left out.
    """

    shape: tuple[int, ...]
    pre: Indices
    post: Indices
    weight: npt.NDArray[np.float64]


def conv_synapses(
    weight: npt.NDArray[Any],
    input_shape: Sequence[int],
    stride: int | Sequence[int] = 1,
    padding: Padding = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    limit: int | None = None,
) -> Synapses:
    """Synapses of a convolution, as `torch.nn.functional.conv1d`, `conv2d` or `conv3d` has it.

        y[o, p] = sum over c, k of weight[o, c, k] * x[c', p * stride + k * dilation - padding]

    where c' is channel c of the group of o.

    Args:
        weight: [C_out, C_in / groups, *kernel].
        input_shape: [C_in, *space].
        stride: steps between windows, one for all axes or one each.
        padding: zeros on both sides, one for all axes or one each; "same" for as many outputs as
            inputs (the odd zero comes last), "valid" for none.
        dilation: steps within a window, one for all axes or one each.
        groups: groups of channels that do not mix.
        limit: most weights x windows that may be laid out; None for any number.

    Returns:
        The synapses.

    Raises:
        SnnError: numbers do not fit each other, no window fits into the input, or there are too
            many synapses.
    """
    n_out, n_in, *kernel = weight.shape
    channels, *space = input_shape
    axes = len(kernel)
    if len(space) != axes:
        raise SnnError(
            f"a convolution over {axes} axes takes [C, {axes} axes], not {list(input_shape)}"
        )
    if groups < 1 or n_out % groups or n_in * groups != channels:
        raise SnnError(
            f"weights {weight.shape} in {groups} groups do not fit {channels} input channels"
        )
    steps, within = _each(stride, axes, "stride"), _each(dilation, axes, "dilation")
    if padding == "same" and set(steps) != {1}:
        raise SnnError("padding 'same' needs stride 1; give the padding in numbers")
    around = [_around(padding, a, axes, within[a] * (kernel[a] - 1)) for a in range(axes)]
    _check(weight.size, kernel, space, steps, within, around, limit)
    where, inside, outputs = _windows(kernel, space, steps, within, around)
    n_space, n_windows = math.prod(space), math.prod(outputs)
    group = np.arange(n_out) // (n_out // groups)
    first = (group[:, None] * n_in + np.arange(n_in)) * n_space  # [C_out, C_in / groups]
    full = (n_out, n_in, n_windows, math.prod(kernel))
    values = np.broadcast_to(weight.reshape(n_out, n_in, 1, -1).astype(np.float64), full)
    keep = np.broadcast_to(inside, full) & (values != 0)
    pre = np.broadcast_to(first[:, :, None, None] + where, full)[keep]
    post = np.arange(n_out)[:, None, None, None] * n_windows + np.arange(n_windows)[:, None]
    return Synapses((n_out, *outputs), pre, np.broadcast_to(post, full)[keep], values[keep])


def pool_synapses(
    kernel: Sequence[int],
    input_shape: Sequence[int],
    stride: Sequence[int],
    padding: int | Sequence[int] = 0,
    mean: bool = True,
    limit: int | None = None,
) -> Synapses:
    """Synapses of average or sum pooling; zeros of the padding count, as in `torch.nn.AvgPool2d`.

    Args:
        kernel: size of a window, one for each axis.
        input_shape: [C, *space].
        stride: steps between windows.
        padding: zeros on both sides.
        mean: divide sums by the size of a window.
        limit: most channels x window entries that may be laid out; None for any number.

    Raises:
        SnnError: see `conv_synapses`.
    """
    value = 1 / math.prod(kernel) if mean else 1.0
    weight = np.full((input_shape[0], 1, *kernel), value)
    return conv_synapses(weight, input_shape, stride, padding, groups=input_shape[0], limit=limit)


def _each(value: int | Sequence[int], axes: int, name: str) -> list[int]:
    values = [value] if isinstance(value, int) else [int(v) for v in value]
    if len(values) == 1:
        values *= axes
    if len(values) != axes or min(values) < 1:
        raise SnnError(f"{name} is {value}; one number of at least 1, or one for each axis")
    return values


def _around(padding: Padding, axis: int, axes: int, reach: int) -> tuple[int, int]:
    """Zeros before and after an axis."""
    if isinstance(padding, str):
        if padding not in ("same", "valid"):
            raise SnnError(f"padding is {padding[:20]!r}; use numbers, 'same' or 'valid'")
        return (reach // 2, reach - reach // 2) if padding == "same" else (0, 0)
    values = [padding] if isinstance(padding, int) else [int(v) for v in padding]
    if len(values) == 1:
        values *= axes
    if len(values) != axes or min(values) < 0:
        raise SnnError(f"padding is {padding}; one number of at least 0, or one for each axis")
    return values[axis], values[axis]


def _check(
    n_weights: int,
    kernel: Sequence[int],
    space: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    around: Sequence[tuple[int, int]],
    limit: int | None,
) -> None:
    """Refuse before anything is laid out."""
    windows = [
        (size + sum(pad) - far * (k - 1) - 1) // step + 1
        for size, pad, far, k, step in zip(space, around, dilation, kernel, stride, strict=True)
    ]
    if min(windows) < 1:
        raise SnnError(
            f"a kernel of {list(kernel)} does not fit into {list(space)}; pad it or cut it"
        )
    made = n_weights * math.prod(windows)
    if limit is not None and made > limit:
        raise SnnError(f"a convolution of {made:,} synapses is beyond the limit of {limit:,}")


def _windows(
    kernel: Sequence[int],
    space: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    around: Sequence[tuple[int, int]],
) -> tuple[Indices, npt.NDArray[np.bool_], tuple[int, ...]]:
    """Input position of each entry of each window, [windows, kernel]; whether it lies inside."""
    where, inside = np.zeros((1, 1), np.int64), np.ones((1, 1), bool)
    outputs: list[int] = []
    for k, size, step, far, (before, after) in zip(
        kernel, space, stride, dilation, around, strict=True
    ):
        count = (size + before + after - far * (k - 1) - 1) // step + 1
        at = np.arange(count)[:, None] * step - before + np.arange(k) * far
        valid = (at >= 0) & (at < size)
        shape = (len(where) * count, where.shape[1] * k)
        where = (where[:, None, :, None] * size + at[None, :, None, :]).reshape(shape)
        inside = (inside[:, None, :, None] & valid[None, :, None, :]).reshape(shape)
        outputs.append(count)
    return where, inside, tuple(outputs)
