"""Command lines into typed options, with errors of one line."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Sequence
from typing import Any

import tyro

from polychrony.experiments.errors import UserError

_CONFIG = (
    tyro.conf.OmitSubcommandPrefixes,
    tyro.conf.OmitArgPrefixes,
    tyro.conf.FlagCreatePairsOff,
)


def parse(options: Any, arguments: Sequence[str], description: str) -> Any:
    """Parse a command line.

    Args:
        options: dataclass, or union of dataclasses, that describes it.
        arguments: words after the program's name.
        description: what `--help` says of the program.

    Returns:
        An instance of `options`.

    Raises:
        UserError: the words do not fit; the message is one line.
        SystemExit: `--help` was asked for.
    """
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(
                options,
                prog="polychrony",
                args=arguments,
                description=description,
                config=_CONFIG,
            )
    except SystemExit as stop:
        if not stop.code:
            raise
        raise UserError(_one_line(said.getvalue())) from None


def _one_line(box: str) -> str:
    """The text inside a drawn box, its lines joined."""
    inner = (re.sub(r"[│╭╮╰╯─]+", " ", line) for line in box.splitlines()[1:])
    words = [re.sub(r"\s+", " ", line).strip() for line in inner]
    return "; ".join(line for line in words if line)
