"""Arithmetic of memory and operations, against hand numbers and what the kernels make."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.planning.buffers import Buffers
from benchmarks.planning.layers import Layer, Run, convolutional, dense, spectra
from benchmarks.planning.measured_training import (
    CHANNELS,
    layers_of,
    measured,
    network_of,
)
from benchmarks.planning.memory import memory
from benchmarks.planning.sizes import GPU, MACHINE, bytes_of, largest_batch, network
from benchmarks.planning.work import operations
from polychrony.snn import readout_loss
from polychrony.snn.kernels import fourier

RUN = Run(steps=100, batch=4, max_delay=24)


@pytest.mark.parametrize("kind", ["synapse", "axon", "conv"])
def test_parameters_are_those_of_the_network(kind):
    net, _, _ = network_of(kind, 12, RUN)
    counted = sum(p.numel() for p in net.parameters())
    assert sum(layer.parameters for layer in layers_of(kind, 12)) == counted


@pytest.mark.parametrize("run", [RUN, replace(RUN, batch=33), replace(RUN, steps=700)])
def test_kept_spectra_are_those_that_the_kernel_keeps(run):
    layer = Layer("synapse", 30, 20, 600)
    x = torch.rand(run.steps, run.batch, 30)
    _, spectrum, weights = fourier._forward(x, torch.rand(run.taps, 20, 30), True)
    cut = spectra(layer, run)
    assert cut.kept == fourier._is_small(x, torch.rand(run.taps, 20, 30))
    assert weights.numel() == cut.rows * layer.synapses
    assert spectrum.numel() == cut.rows * cut.segments * run.batch * layer.n_in


def test_a_wide_layer_keeps_no_spectra():
    assert not spectra(Layer("synapse", 1024, 1024, 1024**2), replace(RUN, batch=32)).kept


def test_axons_by_hand():
    layers = [Layer("axon", 3, 5, 15, first=True), Layer("axon", 5, 2, 10, normed=False)]
    layers[1] = replace(layers[1], fires=False)
    run = Run(steps=10, batch=1, max_delay=2, device="gpu")
    parameters = (15 + 3 + 2 * 5) + (10 + 5)
    kept_first = 2 * 10 * 3 + 2 * 10 * 5 + 1 * 5  # inputs twice; currents twice; one mark
    # Of the readout, its late inputs have been given back by then, and their copies are there.
    kept_second = 10 * 5
    batch = 10 * 3
    found = memory(layers, run)
    assert found["parameters"] == 4 * parameters
    assert found["moments"] == 8 * parameters
    assert found["kept"] == 4 * (batch + kept_first + kept_second)
    # The gradients of late inputs, of their copies and of inputs, and that of the readout.
    assert found["working"] == 4 * (3 * 10 * 5 + 10 * 2)
    assert found["gradients"] == 4 * 10


def test_delays_of_synapses_by_hand():
    layer = Layer("synapse", 40, 50, 2000, first=True, normed=False, fires=False)
    run = Run(steps=100, batch=2, max_delay=24, device="gpu")
    cut = spectra(layer, run)
    assert cut.kept
    rows, pieces = cut.rows, cut.rows * cut.segments * 2
    kept = 100 * 2 * 40 + 2000 + 3 * 25 * 2000 + rows * 2000 + pieces * 40
    working = 100 * 2 * 50 + 25 * 2000 + pieces * 50 + rows * 2000
    found = memory([layer], run)
    assert found["kept"] == 4 * kept
    assert found["working"] == 4 * working
    assert found["parameters"] == 4 * 4000
    assert "gradients" not in found and "waiting" not in found


def test_waiting_buffers_are_used_again():
    buffers = Buffers(pooled=True, idle_limit=float("inf"))
    for _ in range(2):
        buffers.take("a", "working", 1 << 20)
        first = buffers.total
        buffers.drop("a")
        assert buffers.total == buffers.waiting == first
    buffers.take("b", "kept", 1 << 21)
    assert buffers.total > 2 * first
    assert buffers.peak["waiting"] == first


def test_small_arrays_and_those_of_torch_do_not_wait():
    buffers = Buffers(pooled=True, idle_limit=float("inf"))
    buffers.take("small", "working", 100)
    buffers.take("torch", "working", 1 << 20, pooled=False)
    buffers.drop("small", "torch")
    assert buffers.total == 0
    assert sum(buffers.peak.values()) == 400 + (4 << 20)


def test_what_waits_is_limited():
    buffers = Buffers(pooled=True, idle_limit=1 << 20)
    buffers.take("a", "working", 1 << 20)
    buffers.drop("a")
    assert buffers.total == 0


def test_products_of_axons_are_those_that_torch_counts():
    net, x, labels = network_of("axon", 12, RUN)
    with FlopCounterMode(display=False) as counter:
        readout_loss(net(x), labels).backward()
    layers = layers_of("axon", 12)
    # torch also asks for the gradient of the first layer's late inputs, as their delays learn.
    extra = 2 * RUN.steps * RUN.batch * layers[0].synapses
    assert counter.get_total_flops() == operations(layers, RUN)["products"] + extra


def test_operations_by_hand():
    run = Run(steps=10, batch=2, max_delay=2)
    axon = operations([Layer("axon", 3, 5, 15, first=True)], run)
    assert axon == {
        "products": 2 * 2 * 20 * 15,
        "transformed": 2 * 2 * 3 * 20 * 3,
        "synapses": 15,
        "neurons": 100,
    }
    # 12 steps: frequencies 0 to 6, of which 5 have an imaginary part.
    rows = 7 + 2 * 5
    (conv,) = convolutional((1, 2), side=4)
    assert operations([conv], run) == {
        "products": 2 * 2 * rows * 2 * 18 * 16,
        "transformed": 2 * rows * (2 * (16 + 32) + 18),
        "synapses": 3 * 18,
        "neurons": 20 * 32,
    }


def test_sizes_have_the_neurons_that_they_say():
    for kind in ("synapse", "axon"):
        assert sum(layer.n_out for layer in network(kind, 1000)[:-1]) == 1000
    for neurons in (10_000, 10_000_000):
        made = sum(layer.n_out for layer in network("conv", neurons))
        assert made == pytest.approx(neurons, rel=0.1)


def test_the_largest_batch_fits_and_one_more_does_not():
    run = Run(steps=100, batch=32, max_delay=24)
    layers = network("conv", 10_000_000)
    for device in (MACHINE, GPU):
        batch = largest_batch(layers, run, device)
        assert 0 < batch < 32
        assert bytes_of(layers, replace(run, batch=batch), device) <= device.bytes
        assert bytes_of(layers, replace(run, batch=batch + 1), device) > device.bytes
    assert largest_batch(network("synapse", 1_000_000), run, GPU) == 0


def test_dense_layers_end_in_a_readout():
    layers = dense("synapse", (7, 5, 3))
    assert [layer.first for layer in layers] == [True, False]
    assert [layer.fires for layer in layers] == [layer.normed for layer in layers] == [True, False]


@pytest.mark.parametrize("kind", ["synapse", "axon", "conv"])
def test_a_small_network_is_measured(kind):
    found = measured(kind, CHANNELS, Run(steps=10, batch=2, max_delay=2))
    assert found["bytes"] >= 0
    assert found["seconds"] > 0
