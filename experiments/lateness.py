"""How late spikes arrive in training: from words, or from what a co-simulation measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from tyro.constructors import PrimitiveConstructorSpec

from polychrony.experiments.errors import UserError
from polychrony.experiments.files import read_json

_ROUNDING = 1e-6  # sums of printed probabilities miss 1 by less


def _parse(words: list[str]) -> tuple[float, ...]:
    return tuple(float(part) for part in words[0].split(","))


def _spell(probabilities: tuple[float, ...]) -> list[str]:
    return [",".join(f"{p:g}" for p in probabilities)]


def _is_distribution(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(p, float) for p in value)


Distribution = Annotated[
    tuple[float, ...],
    PrimitiveConstructorSpec(
        nargs=1,
        metavar="P,P,...",
        instance_from_str=_parse,
        is_instance=_is_distribution,
        str_from_instance=_spell,
    ),
]
"""Probabilities of being 0, 1, ... steps late; what is missing to 1 is lost."""


def senders(n_hidden: int) -> list[str]:
    """Names of what sends spikes in a network of so many hidden layers."""
    return ["input", *(f"hidden{k + 1}" for k in range(n_hidden))]


def check_lateness(lateness: Sequence[Sequence[float]], n_hidden: int) -> None:
    """Raise UserError unless there are distributions for none, all, or each of the senders."""
    for probabilities in lateness:
        valid = len(probabilities) > 0 and all(0 <= p <= 1 for p in probabilities)
        if not (valid and math.fsum(probabilities) <= 1 + _ROUNDING):
            shown = ",".join(f"{p:g}" for p in probabilities)
            raise UserError(
                f"--lateness is {shown}; give the probabilities of 0, 1, ... steps, each in "
                "[0, 1], with a sum of at most 1"
            )
    if len(lateness) not in (0, 1, n_hidden + 1):
        raise UserError(
            f"--lateness holds {len(lateness)} distributions; give one for all, or one for each "
            f"of {', '.join(senders(n_hidden))}"
        )


def by_sender(lateness: Sequence[Sequence[float]], n_hidden: int) -> dict[str, Sequence[float]]:
    """Distribution of each sender, of those that are ever late.

    Args:
        lateness: none, one for all, or one for each.
        n_hidden: hidden layers of the network.
    """
    names = senders(n_hidden)
    each = lateness if len(lateness) != 1 else [*lateness] * len(names)
    return dict(zip(names, each, strict=False))


def read_lateness(path: Path, n_hidden: int) -> tuple[tuple[float, ...], ...]:
    """Lateness that a co-simulation measured.

    Counts are deliveries: a spike that goes to several cores counts once for each. What the chip
    adds between populations, relays above all, is left out.

    Args:
        path: what `polychrony cosim --json` wrote.
        n_hidden: hidden layers of the network that is to learn with it.

    Returns:
        Probabilities of 0, 1, ... steps of the input and of each hidden layer. Late spikes are lost
        where the chip drops them.

    Raises:
        UserError: it cannot be read, measured no lateness, or belongs to another network.
    """
    content = read_json(path)
    loop = content.get("loop") if isinstance(content, dict) else None
    layers = loop.get("layers") if isinstance(loop, dict) else None
    if not isinstance(loop, dict) or not isinstance(layers, dict):
        raise UserError(
            f"{path} tells of no late spikes; write it with polychrony cosim RUN --loop closed "
            "--json, on a chip or with a --tick-us under which spikes can be late"
        )
    names = senders(n_hidden)
    others = {name for name in layers if "." not in name} - {*names, "output"}
    missing = [name for name in names if name not in layers]
    if others or missing:
        raise UserError(
            f"{path} tells of {', '.join(layers)}, and this network sends from "
            f"{', '.join(names)}; take a file of a network of as many layers"
        )
    dropped = loop.get("policy") == "drop"
    found = [_distribution(path, name, layers[name], dropped) for name in names]
    if not any(found):
        raise UserError(
            f"{path} tells of no spike that was sent, so not how late they are; co-simulate more "
            "samples, or a network that spikes"
        )
    # On a chip whose host reads out, the last layer sends nothing over the network.
    return tuple(each or (1.0,) for each in found)


def _distribution(path: Path, name: str, layer: Any, dropped: bool) -> tuple[float, ...]:
    counts = _counts(layer.get("late_by_ticks") if isinstance(layer, dict) else None)
    if counts is None:
        raise UserError(
            f"{path} holds no counts in loop.layers.{name}.late_by_ticks; write it anew with "
            "polychrony cosim RUN --json"
        )
    total = sum(counts.values())
    if total == 0:
        return ()
    last = 0 if dropped else max(tick for tick, count in counts.items() if count)
    return tuple(counts.get(tick, 0) / total for tick in range(last + 1))


def _counts(content: Any) -> dict[int, int] | None:
    """Deliveries by ticks, or None if that is not what JSON held."""
    if not isinstance(content, dict):
        return None
    for tick, count in content.items():
        if not (tick.isascii() and tick.isdigit() and type(count) is int and count >= 0):
            return None
    return {int(tick): count for tick, count in content.items()}
