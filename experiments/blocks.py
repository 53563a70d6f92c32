"""The network of blocks that a configuration describes, and the rule that trains it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from torch import nn

from polychrony.experiments.config import BlocksConfig, Config, RuleName
from polychrony.experiments.errors import UserError
from polychrony.snn import LIF, SuperSpike, Surrogate, Triangle
from polychrony.snn.learning import (
    BPTT,
    LOCAL_RULES,
    Block,
    BlockNetwork,
    Rule,
    SquareWave,
    StandardizedConv2d,
    StandardizedLinear,
    strictly_above,
)

_SLOPES: dict[str, Surrogate] = {
    "triangle": Triangle(width=1.0, height=0.3),
    "superspike": SuperSpike(beta=100.0),
}
_FACTORS = ("alpha_post", "lambda_pre", "lambda_post")
OWN_OPTIONS: dict[RuleName, tuple[str, ...]] = {
    "bptt": (),
    "tess": (*_FACTORS, "pool_to", "projection_power"),
    "s-tllr": (*_FACTORS, "feedback"),
    "ottt": (),
    "eprop": ("feedback",),
    "decolle": ("pool_to",),
}
"""Options of each rule that not all rules have."""
_LAYER = re.compile(
    r"(?P<maps>\d+)C(?P<kernel>\d+)(?:S(?P<stride>\d+))?|P(?P<pool>\d+)|(?P<mean>GAP)"
    r"|(?P<neurons>\d+)(?P<recurrent>R)?"
)


def build_blocks(config: Config, frame: Sequence[int], n_classes: int) -> BlockNetwork:
    """Build the network of blocks of a configuration, with freshly drawn weights.

    Args:
        config: the run.
        frame: shape of a step of its data, such as (700,) or (2, 34, 34).
        n_classes: classes of its data.

    Returns:
        The network, in training mode.

    Raises:
        UserError: `--layers` cannot be read, or does not fit the frame.
    """
    blocks = config.blocks
    shape = tuple(frame)
    made: list[Block] = []
    for word in blocks.layers.split("-"):
        found = _LAYER.fullmatch(word)
        if found is None:
            raise UserError(
                f"--layers {blocks.layers}: {word!r} is no layer; use 64C3, 64C3S2, P2, GAP, 256 "
                "or 256R, with - between them"
            )
        part = {key: value for key, value in found.groupdict().items() if value}
        if "pool" in part or "mean" in part:
            shape = _pool(blocks, made, part, shape)
        elif "maps" in part:
            shape = _convolve(config, made, part, shape)
        else:
            shape = _connect(config, made, part, shape)
    if not made:
        raise UserError(f"--layers {blocks.layers}: there is no block before the readout")
    return BlockNetwork(made, nn.Linear(math.prod(shape), n_classes), blocks.readout_decay)


def _pool(
    blocks: BlocksConfig, made: list[Block], part: dict[str, str], shape: tuple[int, ...]
) -> tuple[int, ...]:
    if not made or made[-1].pool is not None or len(shape) != 3:
        raise UserError(f"--layers {blocks.layers}: pooling follows maps, once")
    channels, height, width = shape
    if "mean" in part:
        made[-1].pool = nn.AvgPool2d((height, width))
        return channels, 1, 1
    side = int(part["pool"])
    if not 1 <= side <= min(height, width):
        raise UserError(f"--layers {blocks.layers}: P{side} on maps of {height} x {width}")
    made[-1].pool = nn.MaxPool2d(side)
    return channels, height // side, width // side


def _convolve(
    config: Config, made: list[Block], part: dict[str, str], shape: tuple[int, ...]
) -> tuple[int, ...]:
    blocks = config.blocks
    maps, kernel, stride = int(part["maps"]), int(part["kernel"]), int(part.get("stride", 1))
    if len(shape) != 3:
        raise UserError(f"--layers {blocks.layers}: {maps}C{kernel} needs maps before it")
    if kernel % 2 == 0 or not stride or not maps:
        raise UserError(f"--layers {blocks.layers}: kernels are odd, strides and maps at least 1")
    kind = StandardizedConv2d if blocks.weights == "standardized" else nn.Conv2d
    layer = kind(shape[0], maps, kernel, bias=False, stride=stride, padding=kernel // 2)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out")
    made.append(Block(layer, _neurons(config)))
    return maps, (shape[1] - 1) // stride + 1, (shape[2] - 1) // stride + 1


def _connect(
    config: Config, made: list[Block], part: dict[str, str], shape: tuple[int, ...]
) -> tuple[int, ...]:
    neurons = int(part["neurons"])
    if not neurons:
        raise UserError(f"--layers {config.blocks.layers}: a block needs neurons")
    kind = StandardizedLinear if config.blocks.weights == "standardized" else nn.Linear
    inner = nn.Linear(neurons, neurons, bias=False) if "recurrent" in part else None
    if inner is not None:
        nn.init.orthogonal_(inner.weight, gain=0.2)
    below = kind(math.prod(shape), neurons, bias=False)
    made.append(Block(below, _neurons(config), recurrent=inner))
    return (neurons,)


def _neurons(config: Config) -> LIF:
    """Soft reset, and a threshold that has to be exceeded, as in S-TLLR and TESS."""
    blocks = config.blocks
    if blocks.decay == 1:
        raise UserError("--decay is 1.0; neurons of a block leak, so it must be below 1")
    return LIF(
        config.dt / (1 - blocks.decay),
        config.dt,
        v_threshold=strictly_above(blocks.v_threshold),
        v_reset=None,
        surrogate=_SLOPES[blocks.slope],
        discretization="euler",
    )


def build_rule(blocks: BlocksConfig) -> Rule:
    """The rule of a configuration, with its factors."""
    options: dict[str, Any] = {key: getattr(blocks, key) for key in OWN_OPTIONS[blocks.rule]}
    options["first_step"] = blocks.first_step
    if blocks.rule == "bptt":
        return BPTT(**options)
    if "pool_to" in options:
        options["pool_to"] = tuple(blocks.pool_to) or None
    if "projection_power" in options:
        options["projection"] = SquareWave(power=options.pop("projection_power"))
    if options.get("feedback") == "own":
        del options["feedback"]
    return LOCAL_RULES[blocks.rule](**options)
