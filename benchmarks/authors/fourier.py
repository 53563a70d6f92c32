"""A convolution over time through its spectrum: what the authors' code spends its time on."""

from __future__ import annotations

from torch import Tensor

from polychrony.snn import kernels


def conv1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | tuple[int] = 1,
    padding: int | tuple[int] = 0,
    dilation: int | tuple[int] = 1,
    groups: int = 1,
) -> Tensor:
    """`torch.nn.functional.conv1d` for what the authors' layers ask of it, by our kernel.

        y[b, o, t] = sum over c and k of x[b, c, t + k] w[o, c, k], where x reaches

    Args:
        x: signals, [B, C, L].
        weight: kernels, [O, C, K].
        bias: added to each of the O channels.
        stride: 1.
        padding: 0.
        dilation: 1.
        groups: 1.

    Returns:
        [B, O, L - K + 1].

    Raises:
        NotImplementedError: anything else than the defaults.
    """
    if (groups, *map(_only, (stride, padding, dilation))) != (1, 1, 0, 1):
        raise NotImplementedError("stride, padding, dilation and groups: only 1, 0, 1 and 1")
    # What is k steps ahead in a correlation is K - 1 - k steps late in a causal filter.
    late = weight.flip(2).permute(2, 0, 1)
    y = kernels.delayed_linear(x.permute(2, 0, 1), late, "fourier")[len(late) - 1 :]
    y = y.permute(1, 2, 0)
    return y if bias is None else y + bias[:, None]


def _only(value: int | tuple[int]) -> int:
    return value if isinstance(value, int) else value[0]
