"""Networks of spikingjelly that have no counterpart are refused by name."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from torch import Tensor, nn

from polychrony.snn import SnnError
from polychrony.snn.exchange import from_spikingjelly

WHY = "spikingjelly is not installed: pip install 'polychrony[spikingjelly]'"
pytest.importorskip("spikingjelly.activation_based", reason=WHY)

from spikingjelly.activation_based import layer, neuron  # noqa: E402


def shared_neurons() -> nn.Module:
    node = neuron.IFNode()
    return nn.Sequential(nn.Linear(4, 4), node, nn.Linear(4, 4), node)


def off_rest() -> nn.Module:
    node = neuron.IFNode()
    node.set_reset_value("v", 0.5)
    return nn.Sequential(nn.Linear(4, 4), node)


class Classifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 4), neuron.IFNode())


class Doubled(nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * super().forward(x)


REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "linear-linear": (
        lambda: nn.Sequential(nn.Sequential(nn.Linear(4, 5)), nn.Dropout(), nn.Linear(5, 2)),
        r"module '0\.0' \(Linear\) and module '2' \(Linear\) have no neurons between",
    ),
    "unknown": (
        lambda: nn.Sequential(nn.Sequential(nn.Linear(4, 5), nn.ReLU())),
        r"module '0\.1' \(ReLU\) is not supported; supported are: .*LIFNode.*Delay",
    ),
    "subclass": (
        lambda: nn.Sequential(layer.WSLinear(4, 5), neuron.IFNode()),
        r"module '0' \(WSLinear\) is not supported",
    ),
    "other-neurons": (
        lambda: nn.Sequential(nn.Linear(4, 5), neuron.HalfThresholdIFNode()),
        r"\(HalfThresholdIFNode\) is not supported",
    ),
    "own-class": (Classifier, r"the model \(Classifier\).*pass the nn.Sequential inside.*: body;"),
    "own-forward": (
        lambda: nn.Sequential(Doubled(nn.Linear(4, 4))),
        r"\(Doubled\) is not supported",
    ),
    "widths": (
        lambda: nn.Sequential(nn.Linear(4, 5), neuron.IFNode(), nn.Linear(6, 2)),
        r"module '2' \(Linear\) takes 6 features, but module '0' \(Linear\) gives 5",
    ),
    "norm-width": (
        lambda: nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(6)),
        r"module '1' \(BatchNorm1d\) normalises 6 features, but module '0' \(Linear\) gives 5",
    ),
    "norm-first": (
        lambda: nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2)),
        "does not follow a Linear",
    ),
    "norm-without-statistics": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, track_running_stats=False)),
        "no running statistics",
    ),
    "neurons-first": (
        lambda: nn.Sequential(neuron.IFNode(), nn.Linear(4, 2)),
        r"module '0' \(IFNode\) does not follow a Linear",
    ),
    "shared-neurons": (shared_neurons, r"'3' \(IFNode\) is the same object as module '1'"),
    "off-rest": (off_rest, r"module '1' \(IFNode\) starts at 0\.5"),
    "threshold": (
        lambda: nn.Sequential(nn.Linear(4, 4), neuron.IFNode(v_threshold=0.5, v_reset=0.5)),
        r"v_threshold is 0\.5, it must be above 0\.5",
    ),
    "flatten-batch": (
        lambda: nn.Sequential(nn.Flatten(0), nn.Linear(4, 4)),
        r"module '0' \(Flatten\) flattens dimensions 0 to -1",
    ),
    "flatten-part": (lambda: nn.Sequential(nn.Flatten(1, 2), nn.Linear(4, 4)), "dimensions 1 to 2"),
    "state-in-container": (
        lambda: nn.Sequential(layer.SeqToANNContainer(nn.Linear(4, 4), neuron.IFNode())),
        r"module '0\.1' \(IFNode\) keeps state",
    ),
    "delay-at-the-end": (
        lambda: nn.Sequential(nn.Linear(4, 4), neuron.IFNode(), layer.Delay(2)),
        "ends in a delay of 2 steps",
    ),
    "empty": (lambda: nn.Sequential(nn.Identity()), "holds no Linear"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_counterpart_is_named(case: str) -> None:
    build, message = REFUSED[case]
    with pytest.raises(SnnError, match=message):
        from_spikingjelly(build(), 1e-3)


def test_the_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spikingjelly.activation_based", None)
    with pytest.raises(SnnError, match=r"pip install 'polychrony\[spikingjelly\]'"):
        from_spikingjelly(nn.Sequential(nn.Linear(2, 2)), 1e-3)
