"""TESS one step at a time, as one writes it in plain torch from the paper's equations."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from polychrony.snn.learning import Block, BlockNetwork, LocalReadout, LocalRule


class _Layer:
    """State, traces and update of a block."""

    def __init__(self, block: Block, rule: LocalRule) -> None:
        self.block = block
        self.rule = rule
        with torch.enable_grad():
            self.source = block.map.weight()
        self.weight = self.source.detach()
        self.total = torch.zeros_like(self.weight)
        self.decay = float(block.neurons.decay)
        self.v: Tensor | float = 0.0
        self.q: Tensor | float = 0.0
        self.h: Tensor | float = 0.0

    def step(self, x: Tensor, labels: Tensor, matrices: list[Tensor], index: int) -> Tensor:
        chosen, cells, conv = self.rule.eligibility, self.block.neurons, self.weight.dim() == 4
        assert chosen.lambda_pre is not None
        padding = self.block.synapses.padding if conv else 0
        self.q = chosen.lambda_pre * self.q + x
        current = (
            functional.conv2d(x, self.weight, padding=padding)
            if conv
            else functional.linear(x, self.weight)
        )
        u = self.decay * self.v + current
        distance = u - cells.v_threshold
        spikes = (distance >= 0).to(u.dtype)
        slope = cells.surrogate.derivative(distance)
        self.v = u - cells.v_threshold * spikes
        with torch.enable_grad():
            leaf = spikes.requires_grad_()
            output = leaf if self.block.pool is None else self.block.pool(leaf)
            signal = self.rule.signal
            side = signal.pool_to if isinstance(signal, LocalReadout) else None
            seen = functional.adaptive_avg_pool2d(output, side) if conv and side else output
            loss = functional.cross_entropy(seen.flatten(1) @ matrices[index].T, labels)
            (m,) = torch.autograd.grad(loss, leaf)
        causal = m * slope * chosen.alpha_pre
        late = m * self.h * chosen.alpha_post
        for factor, inputs in ((causal, self.q), (late, x)):
            if not isinstance(inputs, Tensor) or (not isinstance(self.h, Tensor) and inputs is x):
                continue
            if conv:
                self.total += nn.grad.conv2d_weight(
                    inputs, self.weight.shape, factor, padding=padding
                )
            else:
                self.total += factor.T @ inputs
        self.h = chosen.lambda_post * self.h + slope
        return output.detach()


@torch.no_grad()
def stepped_tess(network: BlockNetwork, rule: LocalRule, x: Tensor, labels: Tensor) -> None:
    """Gradients of a rule with local readouts, on blocks without delays, loops and biases.

    Args:
        network: its blocks reset softly.
        rule: TESS with its options.
        x: input, [T, B, ...].
        labels: classes, [B].
    """
    layers = [_Layer(block, rule) for block in network.blocks]
    signal = rule.signal
    assert isinstance(signal, LocalReadout)
    matrices = [
        rule.matrix(k, network.n_classes, signal.n_features(k, *shape[1:]), x)
        for k, shape in enumerate(network.frame_shapes(x.shape[2:]))
    ]
    for frame in x:
        z = frame
        for index, layer in enumerate(layers):
            z = layer.step(z, labels, matrices, index)
        with torch.enable_grad():
            functional.cross_entropy(network.readout(z.flatten(1)), labels).backward()
    sources = [layer.source for layer in layers]
    torch.autograd.backward(sources, [layer.total for layer in layers])
