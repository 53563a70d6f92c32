"""A number with its unit and where it comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from polychrony.hardware.errors import HardwareError, UnknownQuantityError

Evidence = Literal[
    "measured", "pre-silicon", "fitted", "derived", "assumed", "vendor", "unverified"
]
Scope = Literal["per-event", "static", "all-in"]

_BASES = {"J": "J", "s": "s", "W": "W"}
_PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
UNITS = {prefix + base: (base, scale) for base in _BASES for prefix, scale in _PREFIXES.items()}


@dataclass(frozen=True)
class Quantity:
    """One published, measured or assumed number of a chip.

    Args:
        value: the number in `unit`, or None where nobody has published it.
        unit: J, s or W, with the prefix m, u, n, p, f or none.
        source: paper with table, section or page.
        evidence: how the number came about.
        voltage: supply voltage at which it holds, V, or None if not stated.
        scope: `"per-event"` is the marginal cost of one event, `"static"` what flows whatever
            happens, `"all-in"` a whole-chip figure that already contains the other two.
        name: what the number is, for messages.

    Raises:
        HardwareError: the unit, the evidence or the scope is not one of those above.
    """

    value: float | None
    unit: str
    source: str
    evidence: Evidence
    voltage: float | None = None
    scope: Scope = "per-event"
    name: str = "quantity"

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise HardwareError(f"{self.name}: unit {self.unit!r} is not one of {', '.join(UNITS)}")
        for key, allowed in (("evidence", get_args(Evidence)), ("scope", get_args(Scope))):
            if getattr(self, key) not in allowed:
                raise HardwareError(
                    f"{self.name}: {key} {getattr(self, key)!r} is not one of {', '.join(allowed)}"
                )
        if self.value is not None and not math.isfinite(self.value):
            raise HardwareError(f"{self.name}: value is {self.value}; write None if it is unknown")

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    @property
    def base_unit(self) -> str:
        """Unit without prefix: J, s or W."""
        return UNITS[self.unit][0]

    @property
    def si(self) -> float:
        """Value in J, s or W.

        Raises:
            UnknownQuantityError: there is no value.
        """
        if self.value is None:
            raise UnknownQuantityError(
                f"{self.name} is unknown ({self.source}); give a value of your own in a profile, "
                "with its source"
            )
        return self.value * UNITS[self.unit][1]

    def require(self, unit: str) -> float:
        """Value in J, s or W, once it is sure that this is the unit.

        Args:
            unit: the base unit expected, `"J"`, `"s"` or `"W"`.

        Returns:
            The value in that unit.

        Raises:
            UnknownQuantityError: there is no value.
            HardwareError: the quantity has another unit.
        """
        if unit != self.base_unit:
            raise HardwareError(f"{self.name} is given in {self.unit}, but {unit} is asked for")
        return self.si


def add(*quantities: Quantity, across_voltages: bool = False) -> Quantity:
    """Sum of quantities that may be summed.

    Args:
        quantities: at least one.
        across_voltages: allow numbers of different or unstated supply voltages.

    Returns:
        The sum, in the base unit, as a derived quantity.

    Raises:
        UnknownQuantityError: one of them has no value.
        HardwareError: units differ, an all-in number meets another scope, or voltages differ.
    """
    if not quantities:
        raise HardwareError("nothing to add: give at least one quantity")
    names = " + ".join(q.name for q in quantities)
    first = quantities[0]
    scopes = {q.scope for q in quantities}
    if "all-in" in scopes and len(scopes) > 1:
        raise HardwareError(
            f"{names}: an all-in number already contains every event of the chip, and cannot be "
            "added to per-event or static ones"
        )
    voltages = {q.voltage for q in quantities}
    if len(voltages) > 1 and not across_voltages:
        stated = ", ".join("not stated" if v is None else f"{v} V" for v in voltages)
        raise HardwareError(
            f"{names}: supply voltages differ ({stated}); pass across_voltages=True to add anyway"
        )
    return Quantity(
        sum(q.require(first.base_unit) for q in quantities),
        first.base_unit,
        "; ".join(dict.fromkeys(q.source for q in quantities)),
        "derived",
        voltages.pop() if len(voltages) == 1 else None,
        first.scope if len(scopes) == 1 else "per-event",
        names,
    )
