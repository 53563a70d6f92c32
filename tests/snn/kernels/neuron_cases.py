"""Calls of every neuron model, shared by the tests of its backends."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from polychrony.snn import ATan, Boxcar, Sigmoid, SuperSpike, Triangle

FORMS = [ATan(5.0), SuperSpike(3.0), Triangle(0.7, 0.4), Sigmoid(3.0), Boxcar(0.9, 0.6)]
STATES = {"lif": 1, "li": 1, "cuba_lif": 2, "adlif": 2}
PARAMETERS = {"lif": 2, "li": 1, "cuba_lif": 3, "adlif": 5}
MODELS = list(STATES)


class Case(NamedTuple):
    """Arguments of a model, and gradients to send back through its outputs."""

    arguments: tuple[Any, ...]
    leaves: list[torch.Tensor]
    upstream: list[torch.Tensor]


def case(
    model, shape, dtype=torch.float64, surrogate=FORMS[0], v_reset=0.0, detach=True, learn=True
):
    """A random call of a model; `learn` asks for gradients of its parameters."""
    x = torch.randn(shape, dtype=dtype).mul(2).requires_grad_()
    states = [
        torch.randn(shape[1:], dtype=dtype).div(2).requires_grad_() for _ in range(STATES[model])
    ]
    parameters = [torch.rand(shape[2:], dtype=dtype) for _ in range(PARAMETERS[model])]
    if model != "li":
        parameters[-1] += 0.5
    leaves = [x, *states]
    if learn:
        leaves += [parameter.requires_grad_() for parameter in parameters]
    options = () if model == "li" else (v_reset, surrogate, detach)
    upstream = [torch.randn_like(x), *(torch.randn_like(state) for state in states)]
    return Case((x, *states, *parameters, *options), leaves, upstream)


def gradients(outputs, made: Case):
    """Gradients of all leaves of a case."""
    return torch.autograd.grad(outputs, made.leaves, made.upstream)
