"""How many steps a sample may have."""

from __future__ import annotations

from polychrony.experiments.errors import UserError

MOST_STEPS = 10_000
"""Of a sample. Memory and time of training grow with them, so more are taken for a slip."""


def check_steps(steps: int, asked: str, remedy: str) -> None:
    """Refuse samples of too many steps.

    Args:
        steps: steps of a sample.
        asked: the option that asks for them, with its value.
        remedy: what to do instead.

    Raises:
        UserError: there are more than `MOST_STEPS`.
    """
    if steps > MOST_STEPS:
        raise UserError(f"{asked}: {steps:,} steps, and at most {MOST_STEPS:,} can be; {remedy}")
