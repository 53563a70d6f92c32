"""The width of the kernels over the epochs."""

from __future__ import annotations

import pytest
from torch import nn

from polychrony.snn import DelayedLinear, SigmaAnnealing, SnnError


def test_follows_the_published_schedule():
    layer = DelayedLinear(2, 2, 24)
    annealing = SigmaAnnealing(layer, epochs=37)
    raw = 12.0
    for epoch in range(50):
        annealing.on_epoch_end(epoch)
        if epoch < 37:
            raw *= (0.23 / 12) ** (1 / 37)
        assert float(layer.sigma) == pytest.approx(raw + 0.27, rel=1e-5)
    assert float(layer.sigma) == pytest.approx(0.5)


def test_the_width_depends_on_the_epoch_alone():
    layer = DelayedLinear(2, 2, 24, "triangle")
    annealing = SigmaAnnealing(layer, epochs=4)
    annealing.on_epoch_end(2)
    width = float(layer.sigma)
    annealing.on_epoch_end(3)
    annealing.on_epoch_end(2)
    assert float(layer.sigma) == width
    assert float(layer.sigma) > 1.23


def test_leaves_discrete_and_linear_layers_alone():
    layers = nn.ModuleList([DelayedLinear(2, 2, 6, "linear"), DelayedLinear(2, 2, 6).discretize()])
    annealing = SigmaAnnealing(layers, epochs=2)
    assert annealing.layers == []


def test_never_widens_a_kernel():
    layer = DelayedLinear(2, 2, 6, sigma=0.4)
    SigmaAnnealing(layer, epochs=1).on_epoch_end(0)
    assert float(layer.sigma) == pytest.approx(0.4)


@pytest.mark.parametrize(("epochs", "end", "message"), [(0, None, "epochs is 0"), (2, 0.2, "0.27")])
def test_errors_say_what_is_wrong(epochs, end, message):
    with pytest.raises(SnnError, match=message):
        SigmaAnnealing(DelayedLinear(2, 2, 6), epochs, end)
