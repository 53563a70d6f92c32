"""Convolutional layers whose synapses have learnable delays."""

from __future__ import annotations

from torch import Tensor

from polychrony.snn.delays.base import Delayed, DelayState, Kernel
from polychrony.snn.errors import SnnError
from polychrony.snn.kernels.conv import delayed_conv2d


class DelayedConv2d(Delayed):
    """A convolution over space in which every weight has its own delay, learned with it.

        y_o[t] = b_o + sum over i, u, v of w_oiuv * sum over c of g(c - d_oiuv) x_i[t - c]

    with x_i shifted by (u, v), c = 0 .. D, and the normalised kernel g of
    `polychrony.snn.delays.tap_kernel`. Causal, and as long as its input. `discretize` takes the
    limit of a single integer delay each.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: height and width of the kernel.
        max_delay: longest delay D, steps. 0 makes a plain convolution.
        stride: of the convolution over space.
        padding: zeros around the input.
        groups: groups of channels that do not mix.
        kernel: `"gauss"`, `"triangle"` or `"linear"`.
        sigma: width of the kernel, steps; see `DelayedLinear`.
        learn_delays: whether delays receive gradients. `False` keeps them at integer values.
        bias: whether a constant is added in every step.
        backend: `"auto"`, `"reference"`, `"direct"` or `"fourier"`.

    Raises:
        SnnError: an argument is out of its range.

    Reference:
        Khalfaoui-Hassani et al., "Dilated convolution with learnable spacings", ICLR 2023, with the
        spacing along time alone.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        max_delay: int,
        stride: int = 1,
        padding: int = 0,
        groups: int = 1,
        kernel: Kernel = "gauss",
        sigma: float | None = None,
        learn_delays: bool = True,
        bias: bool = False,
        backend: str = "auto",
    ) -> None:
        sizes = {
            "in_channels": in_channels,
            "out_channels": out_channels,
            "kernel_size": kernel_size,
            "stride": stride,
            "groups": groups,
        }
        for name, size in sizes.items():
            if size < 1:
                raise SnnError(f"DelayedConv2d: {name} is {size}, at least 1 is needed")
        if in_channels % groups or out_channels % groups:
            raise SnnError(
                f"DelayedConv2d: {in_channels} and {out_channels} channels "
                f"do not divide into {groups} groups"
            )
        shape = (out_channels, in_channels // groups, kernel_size, kernel_size)
        fan_in = in_channels // groups * kernel_size**2
        super().__init__(shape, shape, fan_in, max_delay, kernel, sigma, learn_delays, bias)
        self.in_channels = in_channels
        self.stride = stride
        self.padding = padding
        self.groups = groups
        self.backend = backend

    def tap_kernel(self) -> Tensor:
        """Weight of every integer delay, [max_delay + 1, C_out, C_in / groups, kH, kW]."""
        flat = [values.flatten(1).unsqueeze(2) for values in (self.weight, self.delay)]
        return self._spread(flat[0], flat[1]).view(-1, *self.weight.shape)

    def forward(self, x: Tensor) -> Tensor:
        """Current of every step, for a sequence before which nothing happened.

        Args:
            x: spikes or values, [T, B, C, H, W].

        Returns:
            [T, B, C_out, H_out, W_out], in the dtype of `x`.

        Raises:
            SnnError: `x` has a wrong shape or dtype.
        """
        self._check(x)
        kernel = self.tap_kernel().to(x.dtype)
        y = delayed_conv2d(x, kernel, self.stride, self.padding, self.groups, self.backend)
        return y if self.bias is None else y + self.bias.to(x.dtype).view(-1, 1, 1)

    def forward_with_state(
        self, x: Tensor, state: DelayState | None = None
    ) -> tuple[Tensor, DelayState]:
        """Current of every step, for a sequence that goes on from `state`.

        Args:
            x: spikes or values, [T, B, C, H, W].
            state: what an earlier call returned; None if nothing happened before.

        Returns:
            Currents, and the state after the last step.

        Raises:
            SnnError: `x` or the state has a wrong shape, dtype or device.
        """
        self._check(x)
        return self._with_past(x, state)

    def _check(self, x: Tensor) -> None:
        if x.dim() != 5 or x.shape[2] != self.in_channels:
            raise SnnError(
                f"DelayedConv2d: input has shape {tuple(x.shape)}, "
                f"expected [T, B, {self.in_channels}, H, W], time first"
            )
        if not x.is_floating_point():
            raise SnnError(f"DelayedConv2d: input is {x.dtype}; convert spikes with .float() first")

    def extra_repr(self) -> str:
        """Parameters shown by print."""
        shape = self.weight.shape
        return (
            f"{self.in_channels}, {shape[0]}, kernel_size={shape[2]}, max_delay={self.max_delay}, "
            f"stride={self.stride}, padding={self.padding}, groups={self.groups}, "
            f"kernel={self.kernel!r}, sigma={float(self.sigma):.3g}"
        )
