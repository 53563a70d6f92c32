"""Networks of a given number of neurons, and the devices that are to hold them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from benchmarks.planning.layers import Kind, Layer, Run, convolutional, dense
from benchmarks.planning.memory import memory

NEURONS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
INPUTS, CLASSES, MAPS = 140, 20, 32


@dataclass(frozen=True)
class Device:
    """Where training runs.

    Args:
        name: as the page calls it.
        kind: `"cpu"` or `"gpu"`.
        bytes: its memory.
        peak: most floating point operations per second; None where anchors tell the time.
        source: of the peak.
    """

    name: str
    kind: Literal["cpu", "gpu"]
    bytes: float
    peak: float | None = None
    source: str = ""


MACHINE = Device("machine of 128 GB", "cpu", 128e9)
GPU = Device(
    "GPU of 80 GB",
    "gpu",
    80e9,
    19.5e12,
    "NVIDIA A100 datasheet: 19.5 TFLOP/s of FP32, 80 GB",
)


def network(kind: Kind, neurons: int) -> list[Layer]:
    """Two hidden layers with half of the neurons each, or two convolutions of 32 square maps."""
    if kind == "conv":
        return convolutional((2, MAPS, MAPS), round((neurons / (2 * MAPS)) ** 0.5))
    return dense(kind, (INPUTS, neurons // 2, neurons // 2, CLASSES))


def bytes_of(layers: list[Layer], run: Run, device: Device) -> int:
    """Memory of a step of training there."""
    return sum(memory(layers, replace(run, device=device.kind), device.bytes).values())


def largest_batch(layers: list[Layer], run: Run, device: Device) -> int:
    """Samples of a step, at most those of the run, that the device has room for; 0 if none."""
    return _last(lambda batch: _fits(layers, replace(run, batch=batch), device), run.batch)


def _fits(layers: list[Layer], run: Run, device: Device) -> bool:
    return bytes_of(layers, run, device) <= device.bytes


def _last(holds: Callable[[int], bool], most: int) -> int:
    """Largest number from 1 to `most` for which something holds; 0 if it does for none."""
    return next((batch for batch in range(most, 0, -1) if holds(batch)), 0)
