"""Rules and their own options, from one word of the command line."""

from __future__ import annotations

import typing
from dataclasses import dataclass, field
from typing import Any

from polychrony.experiments.blocks import OWN_OPTIONS
from polychrony.experiments.config import BlocksConfig, RuleName, TrainingConfig
from polychrony.experiments.errors import UserError

_OF_TRAINING = ("lr", "weight_decay", "clip_grad_norm")
_HINTS = {**typing.get_type_hints(TrainingConfig), **typing.get_type_hints(BlocksConfig)}


@dataclass(frozen=True)
class ChosenRule:
    """A rule, with the options that it alone has."""

    name: RuleName
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """As on the command line: `tess`, or `tess,lr=0.002`."""
        shown = (
            f"{k}={v:g}" if isinstance(v, float) else f"{k}={v}" for k, v in self.options.items()
        )
        return ",".join((self.name, *shown))

    @property
    def training(self) -> dict[str, Any]:
        """Its options of training."""
        return {key: value for key, value in self.options.items() if key in _OF_TRAINING}

    @property
    def blocks(self) -> dict[str, Any]:
        """Its other options."""
        return {key: value for key, value in self.options.items() if key not in _OF_TRAINING}


def parse_rules(text: str) -> list[ChosenRule]:
    """Rules from their names and options.

    Args:
        text: names, each before its own options, as `bptt,tess,lr=2e-3,alpha_post=-1,s-tllr`: a
            word with `=` belongs to the name before it.

    Returns:
        The rules, in their order.

    Raises:
        UserError: there is no such rule or option, a value cannot be read, or a rule is named twice
            with the same options.
    """
    chosen: list[ChosenRule] = []
    for word in (part.strip() for part in text.split(",")):
        key, equals, value = (part.strip() for part in word.partition("="))
        if not equals:
            chosen.append(ChosenRule(_name(word)))
        elif not chosen:
            raise UserError(
                f"--rules begins with {word!r}; options follow the rule that they are of"
            )
        else:
            rule = chosen[-1]
            key = _key(rule.name, key.replace("-", "_"), word)
            if key in rule.options:
                raise UserError(f"--rules gives {rule.name} {key} twice; give it once")
            rule.options[key] = _value(rule.name, key, value)
    labels = [rule.label for rule in chosen]
    for label in labels:
        if labels.count(label) > 1:
            raise UserError(f"--rules names {label} twice; name it once, or with other options")
    return chosen


def _name(word: str) -> RuleName:
    names: tuple[RuleName, ...] = typing.get_args(RuleName)
    found = next((name for name in names if name == word), None)
    if found is None:
        raise UserError(
            f"--rules: {word!r} is no rule; use {', '.join(names)}, with , between them"
        )
    return found


def _key(name: RuleName, key: str, word: str) -> str:
    own = (option for option in OWN_OPTIONS[name] if option != "pool_to")
    known = (*_OF_TRAINING, "first_step", *own)
    if key not in known:
        allowed = ", ".join(f"{each}=" for each in known)
        raise UserError(f"--rules: {word!r} is no option of {name}; use {allowed}")
    return key


def _value(name: RuleName, key: str, text: str) -> Any:
    kind = _HINTS[key]
    if choices := typing.get_args(kind):
        if text in choices:
            return text
        wanted = " or ".join(choices)
    else:
        try:
            return kind(text)
        except ValueError:
            wanted = "a whole number" if kind is int else "a number"
    raise UserError(f"--rules: {key} of {name} is {text!r}; it must be {wanted}")
