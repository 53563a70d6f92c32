"""Bits of weights and spikes that a configuration asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from polychrony.experiments.errors import UserError

Per = Literal["channel", "tensor"]
GridName = Literal["uniform", "power-of-two", "loihi"]

MAX_BITS = 8
_LAYER = re.compile(r"(?P<layer>hidden\d+|output)=(?P<weights>\d)(?:/(?P<spikes>\d))?")


def count_blocks(layers: str) -> int:
    """Blocks that `--layers` names; pooling is part of the one before it."""
    return sum(not word.startswith(("P", "GAP")) for word in layers.split("-"))


def check_bits(
    weight_bits: int,
    spike_bits: int,
    layer_bits: Sequence[str],
    n_hidden: int,
    late: bool,
    rule: str = "bptt",
) -> None:
    """Raise UserError for bits outside their range, or for layers that are not there.

    Args:
        weight_bits: of all layers; 0 keeps weights real.
        spike_bits: of all hidden layers.
        layer_bits: those of some layers.
        n_hidden: hidden layers.
        late: whether spikes are late in training.
        rule: that trains the network.
    """
    if rule != "bptt" and (weight_bits or spike_bits != 1 or layer_bits):
        raise UserError(
            f"--rule {rule} trains real weights and spikes of one bit; leave out --weight-bits, "
            "--spike-bits and --layer-bits, or use --rule bptt"
        )
    if not 0 <= weight_bits <= MAX_BITS:
        raise UserError(f"--weight-bits is {weight_bits}; use 1 to {MAX_BITS}, or 0 for real ones")
    if not 1 <= spike_bits <= MAX_BITS:
        raise UserError(f"--spike-bits is {spike_bits}; use 1 to {MAX_BITS}")
    own = parse_layer_bits(layer_bits, n_hidden)
    if own and not weight_bits:
        raise UserError("--layer-bits needs --weight-bits, which the other layers get")
    most = max([spike_bits, *(bits.get("spikes", 1) for bits in own.values())])
    if most > 1 and not weight_bits:
        raise UserError(
            f"--spike-bits {most} needs --weight-bits: neurons of such a network count in whole "
            "numbers"
        )
    if late and most > 1:
        raise UserError("--lateness is of spikes of one bit; leave it out with --spike-bits 2 to 8")


def parse_layer_bits(words: Sequence[str], n_hidden: int) -> dict[str, dict[str, int]]:
    """Bits by layer, `{"hidden1": {"weights": 8, "spikes": 2}}`, of words as `hidden1=8/2`.

    Raises:
        UserError: a word cannot be read, or names a layer that is not there.
    """
    names = [*(f"hidden{k + 1}" for k in range(n_hidden)), "output"]
    found: dict[str, dict[str, int]] = {}
    for word in words:
        match = _LAYER.fullmatch(word)
        if match is None:
            raise UserError(
                f"--layer-bits {word}: use LAYER=WEIGHTS or LAYER=WEIGHTS/SPIKES, as hidden1=8/2"
            )
        layer = match["layer"]
        bits = {key: int(match[key]) for key in ("weights", "spikes") if match[key]}
        if layer not in names or layer in found:
            raise UserError(f"--layer-bits {word}: name each of {', '.join(names)} once at most")
        if not all(1 <= value <= MAX_BITS for value in bits.values()):
            raise UserError(f"--layer-bits {word}: bits are 1 to {MAX_BITS}")
        if layer == "output" and "spikes" in bits:
            raise UserError(f"--layer-bits {word}: the output does not fire; leave out its spikes")
        found[layer] = bits
    return found


def described(weight_bits: int, spike_bits: int, layer_bits: Sequence[str]) -> str:
    """What titles of tables say of the bits of a run; empty if nothing is quantized."""
    parts = [f"weights of {weight_bits} bit{'s' * (weight_bits > 1)}"] if weight_bits else []
    if spike_bits > 1:
        parts.append(f"spikes of {spike_bits} bits")
    return ", ".join([*parts, *layer_bits])
