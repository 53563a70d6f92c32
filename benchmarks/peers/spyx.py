"""spyx: neurons in JAX, compiled by XLA."""

from __future__ import annotations

import jax
import numpy as np
import spyx.axn
import spyx.nn
import torch
from flax import nnx
from jax import Array
from torch import Tensor

from benchmarks.task import DECAY, Entry, Pair, Task, arctangent

DETAIL = "soft reset, in the step after; it fires a step late and above, not at, the threshold"


def lif(task: Task) -> Entry:
    """`LIF` run by `spyx.nn.run`, value and gradient compiled as one; inputs on the device."""
    if task.x.is_cuda != (jax.default_backend() == "gpu"):
        raise RuntimeError(f"JAX runs on {jax.default_backend()}, the task on {task.x.device}")
    neurons = spyx.nn.LIF(
        (task.x.shape[2],),
        beta=DECAY,
        activation=spyx.axn.custom(arctangent),
        rngs=nnx.Rngs(0),
    )
    x, grad = (jax.device_put(values.cpu().numpy()) for values in (task.x, task.grad))

    def weighted(x: Array, grad: Array) -> tuple[Array, Array]:
        spikes, _ = spyx.nn.run(neurons, x)
        return (spikes * grad).sum(), spikes

    both = jax.jit(jax.value_and_grad(weighted, has_aux=True)).lower(x, grad).compile()

    def result() -> Pair:
        (_, spikes), _ = both(x, grad)
        return torch.from_numpy(np.array(spikes)), None

    return Entry(lambda: jax.block_until_ready(both(x, grad)), result, lambda: _plain(task), DETAIL)


def _plain(task: Task) -> tuple[Tensor, None]:
    """Its equations, step by step."""
    v = torch.zeros_like(task.x[0])
    spikes = []
    for current in task.x:
        fired = (v > 1).float()
        spikes.append(fired)
        v = DECAY * v + current - fired
    return torch.stack(spikes).cpu(), None
