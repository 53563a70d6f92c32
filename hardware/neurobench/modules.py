"""Metrics of torch networks, call by call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn

from polychrony.hardware.neurobench.layers import Connection, connections, operations
from polychrony.hardware.neurobench.report import Counted, NeuroBenchReport
from polychrony.hardware.neurobench.static import static_of_module

Run = Callable[[Any], Any]


class ModuleAccount:
    """Account of a torch network that runs while this is entered.

    Counted are calls of linear and convolutional layers, and of activations: `nn.ReLU`,
    `nn.Sigmoid`, neurons of snntorch, and what is named. Whatever does not call its layers as
    modules goes uncounted; so networks of this package are counted by `GraphAccount`.

    Args:
        network: the network; it must not have run, see `static_of_module`.
        activations: further classes of activations. The first of several outputs counts, and
            potentials are those of the attribute `mem`.

    Raises:
        HardwareError: the network has no layers to count, or such as would go uncounted.
    """

    def __init__(self, network: nn.Module, activations: Iterable[type[nn.Module]] = ()) -> None:
        self.network = network
        self.static = static_of_module(network)
        self._counted = Counted()
        kinds = (nn.ReLU, nn.Sigmoid, *_snntorch(), *activations)
        self._layers = connections(network)
        self._active = [m for m in network.modules() if isinstance(m, kinds)]
        self._hooks: list[Any] = []
        self._before: dict[nn.Module, Tensor] = {}
        self._called: set[nn.Module] = set()

    def __enter__(self) -> Self:
        for layer in self._layers:
            self._hooks.append(layer.register_forward_pre_hook(self._operate))
        for module in self._active:
            self._hooks.append(module.register_forward_pre_hook(self._begin))
            self._hooks.append(module.register_forward_hook(self._fire))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def end_batch(self, n_samples: int) -> None:
        """Say that a batch has run; what comes next starts at rest.

        Args:
            n_samples: samples of the batch.
        """
        self._counted.n_samples += n_samples
        self._called.clear()

    def report(self) -> NeuroBenchReport:
        """Metrics of everything recorded.

        Raises:
            HardwareError: nothing has been recorded.
        """
        return self._counted.report(self.static)

    def _operate(self, layer: Connection, inputs: tuple[Tensor, ...]) -> None:
        found = operations(layer, inputs[0])
        self._counted.dense += found.dense
        if found.spiking:
            self._counted.acs += found.effective
        else:
            self._counted.macs += found.effective

    def _begin(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if isinstance(before := getattr(module, "mem", None), Tensor):
            self._before[module] = before

    def _fire(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Any) -> None:
        spikes = output[0] if isinstance(output, tuple) else output
        self._counted.active += int(torch.count_nonzero(spikes))
        self._counted.outputs += spikes.numel()
        if module not in self._before:
            return
        before, after = self._before.pop(module), module.mem
        assert isinstance(after, Tensor)
        first = module not in self._called
        self._called.add(module)
        changed = after.numel() if first else int(torch.count_nonzero(after - before))
        self._counted.membrane_updates += changed


@torch.no_grad()
def of_module(
    network: nn.Module,
    inputs: Iterable[Tensor],
    run: Run | None = None,
    activations: Iterable[type[nn.Module]] = (),
) -> NeuroBenchReport:
    """Metrics of runs of a torch network, as NeuroBench counts them.

    An operation of a synapse is one of a weight and an input that are not 0; it is an accumulate
    where all inputs of the call, over the whole batch, are -1, 0 or 1, else a multiply-accumulate.

    Args:
        network: the network, in evaluation mode; it must not have run yet.
        inputs: batches, samples first.
        run: what runs a batch from rest, step by step if need be; `network(batch)` without it.
        activations: see `ModuleAccount`.

    Raises:
        HardwareError: the network has no layers to count, such as would go uncounted, or there are
            no samples.
    """
    run = partial(_call, network) if run is None else run
    with ModuleAccount(network, activations) as account:
        for batch in inputs:
            run(batch)
            account.end_batch(len(batch))
    return account.report()


def _call(network: nn.Module, batch: Tensor) -> Any:
    return network(batch)


def _snntorch() -> tuple[type[nn.Module], ...]:
    """Neurons of snntorch, if a network may have them."""
    library = sys.modules.get("snntorch")
    return () if library is None else (library.SpikingNeuron,)
