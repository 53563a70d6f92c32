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


def given_options(arguments: Sequence[str]) -> set[str]:
    """Options that a command line names, spelled as in `--help`."""
    names = (word.split("=", 1)[0] for word in arguments if word.startswith("--"))
    return {name.replace("_", "-") for name in names}


def _one_line(box: str) -> str:
    """What a drawn box says: the trouble, what was perhaps meant, and where help is.

    A box has parts with a rule between them: first the trouble, last the way to the help. Without
    UTF-8 its title is one more part.
    """
    lines = (line.strip("│ ") for line in box.splitlines() if line.strip()[:1] not in "╭╰")
    parts = re.split(r"\n[─-]{3,}\n", "\n".join(lines))
    trouble, *hints = parts if box.startswith("╭") else parts[1:]
    said = [" ".join(trouble.replace("Error parsing", "cannot parse").split()).rstrip(".")]
    # An option that may be left out has two types, and neither takes the word: that is one fact.
    union = (
        r"no type matching \{None\}\|(\S+) could be instantiated from \['(.*?)'\]\. Got errors:.*"
    )
    said[0] = re.sub(union, r"'\2' is no \1", said[0])
    for hint in hints:
        if hint.startswith("Perhaps you meant"):
            options = dict.fromkeys(re.findall(r"^--[\w-]+", hint, re.MULTILINE))
            said.append(f"perhaps you meant {' or '.join(options)}")
        elif hint.startswith("Available"):
            said.append(" ".join(hint.split()))
    if help_command := re.findall(r"polychrony[\w ]* --help", " ".join(" ".join(hints).split())):
        said.append(f"see {help_command[-1]}")
    return "; ".join(said)
