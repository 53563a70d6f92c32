"""`polychrony chips`: which chips are modelled, and where each of their numbers comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from rich.console import Console

from polychrony.experiments.tables import listing, say, table
from polychrony.hardware import Chip, Profile, Quantity, chip_names, get_chip
from polychrony.hardware.profile import COMPONENTS

_APART = (
    "name",
    "profiles",
    "sources",
    "references",
    "assumptions",
    "numbers",
    "router",
    "learning",
)


def chips(show: str | None, console: Console) -> list[dict[str, Any]]:
    """List the chips, or describe one.

    Args:
        show: name of the chip to describe, or path of a chip file; None to list all.
        console: where the tables go.

    Returns:
        A record of each chip shown, for programs.

    Raises:
        HardwareError: there is no such chip.
    """
    if show is not None:
        chip = get_chip(show)
        _describe(chip, console)
        return [record(chip)]
    known = [get_chip(name) for name in chip_names()]
    _list(known, console)
    return [record(chip) for chip in known]


def record(chip: Chip) -> dict[str, Any]:
    """A chip as plain values, strict JSON: no limit and no value are null; the source says why.

    Args:
        chip: the chip.

    Returns:
        Its structure, arithmetic, router and profiles, every number with its source.
    """
    return {
        "name": chip.name,
        "cores": chip.n_cores,
        "neurons": chip.n_neurons,
        "structure": {
            name: {"value": _plain(value), "source": chip.sources.get(name)}
            for name, value in _structure(chip)
        },
        "numbers": {
            "kind": type(chip.numbers).__name__,
            **{
                name: {"value": value, "source": chip.sources.get(name)}
                for name, value in asdict(chip.numbers).items()
            },
        },
        "learning": {
            name: {"value": value, "source": chip.sources.get(name)}
            for name, value in _learning(chip).items()
        },
        "router": {f.name: _plain(getattr(chip.router, f.name)) for f in fields(chip.router)},
        "assumptions": list(chip.assumptions),
        "references": dict(chip.references),
        "profiles": [_profile_record(chip, profile) for profile in chip.profiles],
    }


def _learning(chip: Chip) -> dict[str, Any]:
    """What a core keeps to learn; nothing where no learning on the chip is described."""
    return {} if chip.learning is None else asdict(chip.learning)


def _structure(chip: Chip) -> Iterator[tuple[str, Any]]:
    for field in fields(chip):
        if field.name not in _APART:
            yield field.name, getattr(chip, field.name)


def _plain(value: Any) -> Any:
    if isinstance(value, Quantity):
        return _number("", value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value


def _number(name: str, quantity: Quantity) -> dict[str, Any]:
    return {**asdict(quantity), "name": name or quantity.name}


def _numbers(profile: Profile) -> Iterator[tuple[str, Quantity]]:
    for name in COMPONENTS:
        yield f"{name} energy", profile.cost(name).energy
        yield f"{name} latency", profile.cost(name).latency
    if profile.barrier is not None:
        yield "barrier energy", profile.barrier.energy
        for tiles, quantity in profile.barrier.latency:
            yield f"barrier latency, {tiles} tiles", quantity
    yield "static power", profile.static_power
    if profile.learning is not None:
        for name, cost in profile.learning.costs().items():
            yield f"learning: {name} energy", cost.energy
            yield f"learning: {name} latency", cost.latency
    for quantity in profile.all_in:
        yield f"all-in: {quantity.name}", quantity


def _is_default(chip: Chip, profile: Profile) -> bool:
    return next((p for p in chip.profiles if not p.by_name_only), None) is profile


def _profile_record(chip: Chip, profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "default": _is_default(chip, profile),
        "by_name_only": profile.by_name_only,
        "active_when": profile.active_when,
        "static_always": profile.static_always,
        "contained": dict(profile.contained),
        "energy_excludes": list(profile.energy_excludes),
        "latency_excludes": list(profile.latency_excludes),
        "numbers": [_number(name, quantity) for name, quantity in _numbers(profile)],
        "assumptions": list(profile.assumptions),
    }


def _list(known: list[Chip], console: Console) -> None:
    rows = [[c.name, c.time, f"{c.n_cores:,}", f"{c.n_neurons:,}"] for c in known]
    console.print(table("chips", ["chip", "time", "cores", "neurons"], rows))
    columns = ["chip", "profile", "known", "evidence", "supply"]
    pairs = [(chip, profile) for chip in known for profile in chip.profiles]
    rows = [_profile_row(*pair) for pair in pairs]
    console.print(table("what events cost", columns, rows, text=True))
    sources = {
        f"{chip.name} {profile.name}": _joined((q.source for q in _told(profile)), "; ")
        for chip, profile in pairs
    }
    console.print(listing("where these numbers come from, or why there are none", sources))
    say(console, "polychrony chips --show NAME tells every number of a chip with its source")


def _told(profile: Profile) -> list[Quantity]:
    """The known numbers of a profile; all of them, with their reasons, if none is known."""
    numbers = [quantity for _, quantity in _numbers(profile)]
    return [quantity for quantity in numbers if quantity.known] or numbers


def _profile_row(chip: Chip, profile: Profile) -> list[str]:
    told, count = _told(profile), len(list(_numbers(profile)))
    known = sum(quantity.known for quantity in told)
    return [
        chip.name,
        f"{profile.name} ({'default' if _is_default(chip, profile) else 'by name'})",
        f"{known} of {count}",
        _joined(quantity.evidence for quantity in told),
        _joined(_volts(quantity) for quantity in told),
    ]


def _joined(words: Iterator[str], comma: str = ", ") -> str:
    return comma.join(dict.fromkeys(words))


def _volts(quantity: Quantity) -> str:
    return "not stated" if quantity.voltage is None else f"{quantity.voltage:g} V"


def _describe(chip: Chip, console: Console) -> None:
    title = f"{chip.name}: {chip.n_cores:,} cores, {chip.n_neurons:,} neurons"
    rows = [[name, _shown(value), _source(chip, name, value)] for name, value in _structure(chip)]
    rows += [
        [f"numbers: {name}", _shown(value), _source(chip, name, value)]
        for name, value in asdict(chip.numbers).items()
    ]
    if chip.learning is None:
        rows.append(["learning", "none", chip.sources.get("learning", "")])
    rows += [
        [f"learning: {name}", _room(value), _source(chip, name, value)]
        for name, value in _learning(chip).items()
    ]
    rows += [
        [f"router: {f.name}", _shown(value), _source(chip, f.name, value)]
        for f in fields(chip.router)
        for value in [getattr(chip.router, f.name)]
    ]
    console.print(table(title, ["structure", "value", "source"], rows, text=True))
    for profile in chip.profiles:
        _describe_profile(chip, profile, console)
    assumed = {str(index): text for index, text in enumerate(chip.assumptions, 1)}
    console.print(listing(f"what is assumed of {chip.name}", assumed))
    console.print(listing("what the sources abbreviate", chip.references))


def _shown(value: Any) -> str:
    if isinstance(value, Quantity):
        return _amount(value)
    if is_dataclass(value) and not isinstance(value, type):
        return " x ".join(str(part) for part in asdict(value).values())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _room(value: int | None) -> str:
    """What learning has room for; None is no limit here, it is not known."""
    return "unknown" if value is None else str(value)


def _source(chip: Chip, name: str, value: Any) -> str:
    if isinstance(value, Quantity):
        stated = value.source.startswith(value.evidence)
        return value.source if stated else f"{value.evidence}: {value.source}"
    return chip.sources.get(name, "")


def _amount(quantity: Quantity) -> str:
    return "unknown" if quantity.value is None else f"{quantity.value:.6g} {quantity.unit}"


def _describe_profile(chip: Chip, profile: Profile, console: Console) -> None:
    rows = []
    for name, quantity in _numbers(profile):
        component, _, what = name.partition(" ")
        amount = _amount(quantity)
        if what == "energy" and component in profile.contained:
            amount = f"in {profile.contained[component]}"
        rows.append([name, amount, quantity.evidence, _volts(quantity), quantity.source])
    use = "the default" if _is_default(chip, profile) else f"--profile {profile.name}"
    columns = ["number", "value", "evidence", "supply", "source, or why it is unknown"]
    console.print(table(f"profile {profile.name} ({use})", columns, rows, text=True))
    assumed = {str(index): text for index, text in enumerate(profile.assumptions, 1)}
    console.print(listing(f"what is assumed of {profile.name}", assumed))
