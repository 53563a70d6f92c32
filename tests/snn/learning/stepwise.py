"""Local rules written from their equations: one step at a time, every layer a dense matrix.

Delays, biases and convolutions all become a matrix that acts on the inputs of the last D + 1 steps
and a constant 1, built weight by weight; gradients reach the parameters through that construction.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from polychrony.snn import LIF, DelayedLinear, Triangle
from polychrony.snn.learning import (
    Block,
    BlockNetwork,
    DirectFeedback,
    LocalReadout,
    SpatialBackprop,
    StandardizedConv2d,
    StandardizedLinear,
)


def cells(decay=0.5, v_threshold=0.6, v_reset=None, surrogate=None):
    return LIF(
        1 / (1 - decay),
        1.0,
        v_threshold,
        v_reset,
        surrogate or Triangle(1.0, 0.3),
        discretization="euler",
    )


class Found(NamedTuple):
    gradients: dict[str, Tensor]
    potential: Tensor
    losses: Tensor
    v: list[Tensor]


def _weights(layer: Any) -> Tensor:
    if not isinstance(layer, StandardizedLinear | StandardizedConv2d):
        return layer.weight
    rows = []
    for row, gain in zip(layer.weight, layer.gain, strict=True):
        spread = ((row - row.mean()) ** 2).sum() / (row.numel() - 1)
        rows.append(gain * (row - row.mean()) / (spread * row.numel() + 1e-4) ** 0.5)
    return torch.stack(rows)


def dense(layer: Any, frame: tuple[int, ...]) -> tuple[Tensor, int]:
    """Matrix of a layer on [x[t], x[t - 1], ..., x[t - D], 1], and D."""
    weight = _weights(layer)
    n_in = torch.Size(frame).numel()
    if isinstance(layer, DelayedLinear):
        columns = [
            torch.stack(
                [
                    (weight[:, i] * (layer.weight_delay[:, i].round() == d)).sum(-1)
                    for i in range(n_in)
                ],
                1,
            )
            for d in range(layer.max_delay + 1)
        ]
        matrix, n_past = torch.cat(columns, 1), layer.max_delay
        ones = torch.ones(len(matrix), dtype=matrix.dtype)
    elif isinstance(layer, nn.Conv2d):
        unit = torch.eye(n_in, dtype=weight.dtype).view(n_in, *frame)
        patches = functional.unfold(
            unit, layer.kernel_size, layer.dilation, layer.padding, layer.stride
        )
        matrix = (weight.flatten(1) @ patches).flatten(1).T
        n_past = 0
        ones = torch.ones(patches.shape[2], dtype=weight.dtype)
    else:
        matrix, n_past = weight, 0
        ones = torch.ones(len(matrix), dtype=matrix.dtype)
    if layer.bias is None:
        constant = torch.zeros(len(matrix), dtype=matrix.dtype)
    elif isinstance(layer, nn.Conv2d):
        constant = torch.outer(layer.bias, ones).flatten()
    else:
        constant = layer.bias
    return torch.cat([matrix, constant.unsqueeze(1)], 1), n_past


class _Synapses:
    def __init__(self, layer, frame, batch, keep):
        self.matrix, n_past = dense(layer, frame)
        self.past = [torch.zeros(batch, torch.Size(frame).numel()).double()] * n_past
        self.q = torch.zeros(batch, self.matrix.shape[1]).double()
        self.total = torch.zeros_like(self.matrix)
        if keep:
            self.filtered = torch.zeros(batch, *self.matrix.shape).double()

    def hear(self, x, lambda_pre):
        heard = [x.flatten(1), *self.past]
        self.past = heard[:-1]
        self.z = torch.cat([*heard, torch.ones(len(x), 1).double()], 1)
        self.q = lambda_pre * self.q + self.z
        return self.z @ self.matrix.detach().T


class _Layer:
    def __init__(self, block: Block, frame, batch, eligibility, kappa):
        self.block, self.chosen, self.kappa = block, eligibility, kappa
        self.decay = float(block.neurons.decay)
        self.lambda_pre = self.decay if eligibility.lambda_pre is None else eligibility.lambda_pre
        self.synapses = [_Synapses(block.synapses, frame, batch, kappa)]
        size = len(self.synapses[0].matrix)
        if block.recurrent is not None:
            self.synapses.append(_Synapses(block.recurrent, (size,), batch, kappa))
        self.v = torch.zeros(batch, size).double()
        self.h = torch.zeros(batch, size).double()
        self.o = torch.zeros(batch, size).double()
        layer = block.synapses
        self.shape = (batch, size)
        if isinstance(layer, nn.Conv2d):
            side = functional.conv2d(
                torch.zeros(1, *frame).double(),
                layer.weight.detach(),
                None,
                layer.stride,
                layer.padding,
            )
            self.shape = (batch, *side.shape[1:])

    def step(self, x):
        u = self.decay * self.v + self.synapses[0].hear(x, self.lambda_pre)
        if len(self.synapses) > 1:
            u = u + self.synapses[1].hear(self.o, self.lambda_pre)
        limit, rest = self.block.neurons.v_threshold, self.block.neurons.v_reset
        self.o = (u >= limit).double()
        self.psi = self.block.neurons.surrogate.derivative(u - limit)
        self.v = u - limit * self.o if rest is None else torch.where(self.o > 0, rest, u)
        self.leaf = self.o.view(self.shape).requires_grad_()
        with torch.enable_grad():
            self.output = self.leaf if self.block.pool is None else self.block.pool(self.leaf)
        return self.output.detach()

    def learn(self, m):
        for each in self.synapses:
            causal = self.chosen.alpha_pre * self.psi
            if self.kappa:
                outer = causal.unsqueeze(2) * each.q.unsqueeze(1)
                each.filtered = self.kappa * each.filtered + outer
                each.total += torch.einsum("bo,boi->oi", m, each.filtered)
                continue
            h = self.h * (self.chosen.lambda_post if self.chosen.post_form == "sum" else 1.0)
            each.total += torch.einsum("bo,bi->oi", m * causal, each.q)
            each.total += torch.einsum("bo,bi->oi", m * self.chosen.alpha_post * h, each.z)

    def after(self):
        self.h = self.chosen.lambda_post * self.h + self.psi


def stepwise(network: BlockNetwork, rule, x: Tensor, labels: Tensor) -> Found:
    """Gradients, potentials, losses and last potentials of a local rule, in float64."""
    batch, n_classes = x.shape[1], network.n_classes
    chosen = rule.eligibility
    kappa = network.readout_decay if chosen.follow_readout else 0.0
    layers, frame = [], tuple(x.shape[2:])
    for block in network.blocks:
        probe = _Layer(block, frame, batch, chosen, kappa)
        layers.append(_Layer(block, frame, batch, chosen, kappa))
        frame = tuple(probe.step(torch.zeros(batch, *frame).double()).shape[1:])
    target = labels if labels.is_floating_point() else functional.one_hot(labels, n_classes)
    target = target.double()

    def error(y):
        return ((torch.softmax(y, 1) if rule.error == "softmax" else y) - target) / batch

    weight, bias = network.readout.weight, network.readout.bias
    y, filtered, constant = torch.zeros(batch, n_classes).double(), 0.0, 0.0
    d_weight, d_bias = torch.zeros_like(weight), torch.zeros(n_classes).double()
    potential, losses = [], []
    for t in range(len(x)):
        z = x[t]
        for layer in layers:
            z = layer.step(z)
        z = z.flatten(1)
        kept = network.readout_decay
        y = kept * y + z @ weight.detach().T + (0.0 if bias is None else bias.detach())
        filtered, constant = kept * filtered + z, kept * constant + 1.0
        potential.append(y)
        active = t >= rule.first_step
        wrong = error(y) * active
        if active and rule.error == "softmax":
            losses.append(-(target * torch.log_softmax(y, 1)).sum(1).mean())
        elif active:
            losses.append(((y - target) ** 2).sum(1).mean() / 2)
        d_weight += wrong.T @ filtered
        d_bias += wrong.sum(0) * constant
        above = wrong @ weight.detach()
        for k in range(len(layers) - 1, -1, -1):
            layer = layers[k]
            m = _signal(rule, k, layer, above, wrong, error, n_classes, active)
            layer.learn(m)
            through = (m * layer.psi) @ layer.synapses[0].matrix.detach()[:, :-1]
            above = through[:, : through.shape[1] // (len(layer.synapses[0].past) + 1)]
            layer.after()
    gradients = _collect(network, layers)
    gradients["readout.weight"] = d_weight
    if bias is not None:
        gradients["readout.bias"] = d_bias
    joined = torch.stack(losses) if losses else torch.zeros(1).double()
    return Found(gradients, torch.stack(potential), joined, [layer.v for layer in layers])


def _signal(rule, k, layer, above, wrong, error, n_classes, active):
    signal = rule.signal
    if isinstance(signal, SpatialBackprop):
        (m,) = torch.autograd.grad(
            layer.output, layer.leaf, above.view_as(layer.output), retain_graph=True
        )
        return m.flatten(1)
    if isinstance(signal, DirectFeedback):
        matrix = signal.projection.matrix(k, n_classes, layer.psi.shape[1])
        return wrong @ matrix
    if isinstance(signal, LocalReadout):
        with torch.enable_grad():
            seen = layer.output if signal.after_pooling else layer.leaf
            side = signal.pool_to[k] if isinstance(signal.pool_to, tuple) else signal.pool_to
            if side is not None and seen.dim() == 4:
                seen = functional.adaptive_avg_pool2d(seen, side)
            features = seen.flatten(1)
            matrix = signal.projection.matrix(k, n_classes, features.shape[1])
        pulled = error(features.detach() @ matrix.T) @ matrix * active
        if features is layer.leaf:
            return pulled
        (m,) = torch.autograd.grad(features, layer.leaf, pulled, retain_graph=True)
        return m.flatten(1)
    return torch.zeros_like(layer.psi)


def _collect(network, layers):
    gradients: dict[str, Tensor] = {}
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    for layer in layers:
        parts = [layer.block.synapses, layer.block.recurrent]
        for each, part in zip(layer.synapses, parts, strict=False):
            leaves = [p for p in part.parameters() if p.requires_grad]
            found = torch.autograd.grad(each.matrix, leaves, each.total)
            for parameter, gradient in zip(leaves, found, strict=True):
                gradients[names[id(parameter)]] = gradient
    return gradients
