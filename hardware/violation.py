"""A limit of a chip that a network exceeds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """One limit that a network exceeds.

    Args:
        where: population or projection.
        limit: what the limit is about.
        value: what the network has.
        allowed: what the chip allows.
        remedy: what to do.
    """

    where: str
    limit: str
    value: str
    allowed: str
    remedy: str

    def __str__(self) -> str:
        found = f"{self.where}: {self.limit} is {self.value}"
        return f"{found}, allowed is {self.allowed}; {self.remedy}"
