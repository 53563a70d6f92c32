import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from polychrony.snn import SnnError
from polychrony.snn.exchange.conv import Synapses, conv_synapses, pool_synapses


def applied(synapses: Synapses, x: torch.Tensor) -> np.ndarray:
    y = np.zeros(int(np.prod(synapses.shape)))
    np.add.at(y, synapses.post, synapses.weight * x.numpy().reshape(-1)[synapses.pre])
    return y.reshape(synapses.shape)


@st.composite
def convolutions(draw: st.DrawFn) -> dict:
    axes = draw(st.integers(1, 3))
    each = st.lists(st.integers(1, 3), min_size=axes, max_size=axes)
    groups = draw(st.integers(1, 3))
    kernel, dilation = draw(each), draw(each)
    same = draw(st.booleans())
    padding = "same" if same else draw(st.lists(st.integers(0, 2), min_size=axes, max_size=axes))
    stride = [1] * axes if same else draw(each)
    space = [
        d * (k - 1) + 1 + draw(st.integers(0, 3)) for k, d in zip(kernel, dilation, strict=True)
    ]
    return {
        "weight": (groups * draw(st.integers(1, 2)), draw(st.integers(1, 2)), *kernel),
        "space": space,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
        "seed": draw(st.integers(0, 1000)),
    }


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@given(convolutions())
def test_synapses_of_a_convolution_do_what_torch_does(case: dict) -> None:
    random = torch.Generator().manual_seed(case["seed"])
    weight = torch.randn(case["weight"], generator=random, dtype=torch.float64)
    channels = case["weight"][1] * case["groups"]
    x = torch.randn((channels, *case["space"]), generator=random, dtype=torch.float64)
    options = {key: case[key] for key in ("stride", "padding", "dilation", "groups")}
    conv = (functional.conv1d, functional.conv2d, functional.conv3d)[len(case["space"]) - 1]
    expected = conv(x[None], weight, **options)[0].numpy()
    found = applied(conv_synapses(weight.numpy(), x.shape, **options), x)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-12)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.booleans())
def test_synapses_of_pooling_do_what_torch_does(
    height: int, width: int, stride: int, mean: bool
) -> None:
    x = torch.randn((2, 5, 6), dtype=torch.float64)
    padding = (height // 2, width // 2)
    divisor = None if mean else 1
    expected = functional.avg_pool2d(
        x[None], (height, width), stride, padding, divisor_override=divisor
    )[0]
    found = pool_synapses((height, width), x.shape, (stride, stride), padding, mean)
    np.testing.assert_allclose(applied(found, x), expected.numpy(), atol=1e-12)


def test_what_does_not_fit_is_refused() -> None:
    weight = np.ones((2, 1, 3, 3))
    with pytest.raises(SnnError, match="does not fit into"):
        conv_synapses(weight, (1, 2, 2))
    with pytest.raises(SnnError, match="do not fit 3 input channels"):
        conv_synapses(weight, (3, 5, 5))
    with pytest.raises(SnnError, match="needs stride 1"):
        conv_synapses(weight, (1, 5, 5), stride=2, padding="same")
    with pytest.raises(SnnError, match="beyond the limit"):
        conv_synapses(weight, (1, 1000, 1000), limit=1000)
