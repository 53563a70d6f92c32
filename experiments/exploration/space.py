"""What an exploration varies, from words such as `neurons-per-core=64,128,256`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from polychrony.experiments.errors import UserError
from polychrony.hardware import Chip, HardwareError, Mesh
from polychrony.hardware.adapt.criteria import CRITERIA
from polychrony.hardware.chip_file.node import perhaps
from polychrony.hardware.mapping.placement import METHODS
from polychrony.hardware.vary import variables, vary

Value = bool | int | float | str | None
Params = Mapping[str, Value]

RELAYS = {"auto": None, "build": True, "refuse": False}
FAN_IN = ("auto", "split", "prune", "refuse")
OPTIONS = ("place", "relays", "fan-in", "mismatch", "profile", "prune", "prune-by")
_FIELDS = {"buffer": "buffer_flits", "vcs": "virtual_channels", "fan-in-limit": "fan_in"}


@dataclass(frozen=True)
class Factor:
    """One thing that is varied.

    Args:
        name: as the command line spells it.
        choices: its values; a mesh is a text such as `4x4`.
    """

    name: str
    choices: tuple[Value, ...]


class Space:
    """All combinations of some values of some things.

    Args:
        chip: the chip, as it is.
        words: one `NAME=VALUE,VALUE,...` for each thing that is varied.

    Raises:
        UserError: a name means nothing, or a value cannot be.
    """

    def __init__(self, chip: Chip, words: Sequence[str]) -> None:
        if not words:
            raise UserError(
                "there is nothing to vary; give --vary NAME=VALUE,VALUE,... at least once, as in "
                f"--vary neurons-per-core=64,128; {_names(chip)}"
            )
        self.chip = chip
        self.factors = tuple(_factor(chip, word) for word in words)
        names = [factor.name for factor in self.factors]
        for name in names:
            if names.count(name) > 1:
                raise UserError(f"--vary names {name} twice; give all its values at once")
        if "prune-by" in names and "prune" not in names:
            raise UserError("--vary prune-by needs shares as well, as in --vary prune=0.3,0.5")

    @property
    def size(self) -> int:
        """Number of combinations."""
        return math.prod(len(factor.choices) for factor in self.factors)

    @property
    def choices(self) -> dict[str, tuple[Value, ...]]:
        """Values of each thing, by its name."""
        return {factor.name: factor.choices for factor in self.factors}

    def point(self, index: int) -> dict[str, Value]:
        """Combination of a number, in the order in which the last thing changes fastest.

        Args:
            index: 0 to `size` - 1.
        """
        point = {}
        for factor in reversed(self.factors):
            index, place = divmod(index, len(factor.choices))
            point[factor.name] = factor.choices[place]
        return {factor.name: point[factor.name] for factor in self.factors}

    def configure(self, params: Params) -> tuple[Chip, dict[str, Any]]:
        """Chip of a combination, and how a network is put on it.

        Args:
            params: value of each thing.

        Returns:
            The chip, and arguments of `cosimulate`, with `prune` and `prune_by` if they are varied.

        Raises:
            HardwareError: the values do not go together.
        """
        hints = variables(self.chip)
        options: dict[str, Any] = {}
        values: dict[str, Any] = {}
        for name, value in params.items():
            if name in OPTIONS:
                options[name.replace("-", "_")] = RELAYS[str(value)] if name == "relays" else value
            else:
                field = _field(name)
                values[field] = _mesh(str(value)) if hints[field] is Mesh else value
        return vary(self.chip, values), options


def _field(name: str) -> str:
    return _FIELDS.get(name, name.replace("-", "_"))


def _spelled(field: str) -> str:
    aliases = {held: name for name, held in _FIELDS.items()}
    return aliases.get(field, field.replace("_", "-"))


def names(chip: Chip) -> list[str]:
    """Everything of a chip that can be varied, as the command line spells it."""
    return [*OPTIONS, *(_spelled(field) for field in variables(chip))]


def _names(chip: Chip) -> str:
    return f"what can be varied: {', '.join(names(chip))}"


def _factor(chip: Chip, word: str) -> Factor:
    name, equals, listed = word.partition("=")
    texts = [text.strip() for text in listed.split(",")]
    if not equals or not all(texts):
        raise UserError(
            f"--vary is {word!r}; write NAME=VALUE,VALUE,... as neurons-per-core=64,128"
        )
    name = name.strip().removeprefix("--").replace("_", "-")
    parse = _parser(chip, name)
    choices = tuple(parse(text) for text in texts)
    if len(set(choices)) < len(choices):
        raise UserError(f"--vary {word} names a value twice")
    if name in OPTIONS:
        return Factor(name, choices)
    factor = Factor(_spelled(_field(name)), choices)
    _check(chip, factor)
    return factor


def _check(chip: Chip, factor: Factor) -> None:
    field, mesh = _field(factor.name), variables(chip)[_field(factor.name)] is Mesh
    for value in factor.choices:
        try:
            vary(chip, {field: _mesh(str(value)) if mesh else value})
        except HardwareError as error:
            raise UserError(f"--vary {factor.name}={value}: {error}") from error


def _parser(chip: Chip, name: str) -> Callable[[str], Value]:
    words = {"place": METHODS, "relays": RELAYS, "fan-in": FAN_IN, "prune-by": CRITERIA}
    if name in words:
        return _one_of(name, tuple(words[name]))
    if name == "profile":
        return _one_of(name, tuple(profile.name for profile in chip.profiles))
    if name == "mismatch":
        return _spread
    if name == "prune":
        return _share
    field, known = _field(name), variables(chip)
    if field not in known:
        raise UserError(
            f"--vary: {chip.name} has no {name!r} that can be varied; {perhaps(name, names(chip))}"
        )
    hint = known[field]
    if get_origin(hint) is Literal:
        return _one_of(name, get_args(hint))
    if hint is bool:
        return lambda text: _one_of(name, ("true", "false"))(text) == "true"
    if hint is Mesh:
        return lambda text: _sides(name, text)
    return _whole(name, or_none=hint is not int)


def _one_of(name: str, allowed: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            hint = ""
            if name == "fan-in" and re.fullmatch(r"\d+", text):
                hint = "; the number of synapses that the chip allows is fan-in-limit"
            raise UserError(f"--vary {name}={text}: {perhaps(text, allowed)}{hint}")
        return text

    return parse


def _whole(name: str, or_none: bool) -> Callable[[str], int | None]:
    def parse(text: str) -> int | None:
        if or_none and text == "none":
            return None
        if not re.fullmatch(r"[+-]?\d{1,18}", text):
            no_limit = ", and none for no limit" if or_none else ""
            raise UserError(f"--vary {name}={text}: allowed are whole numbers{no_limit}")
        return int(text)

    return parse


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _spread(text: str) -> float:
    value = _number(text)
    if not (math.isfinite(value) and value >= 0):
        raise UserError(f"--vary mismatch={text}: allowed are numbers from 0, as 0.2 for 20 %")
    return value


def _share(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 1:
        raise UserError(f"--vary prune={text}: allowed are numbers from 0 to 1, as 0.5 for half")
    return value


def _sides(name: str, text: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,3}x[1-9]\d{0,3}", text):
        raise UserError(f"--vary {name}={text}: write columns x rows as in 4x4")
    return text


def _mesh(text: str) -> Mesh:
    columns, rows = text.split("x")
    return Mesh(int(columns), int(rows))
