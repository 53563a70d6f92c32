"""Other libraries, each imported only when it is asked for."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable

from benchmarks.equality import compare
from benchmarks.harness import Contender, first_line
from benchmarks.task import Entry, Task
from polychrony.experiments.errors import UserError

LIF_PEERS = ("spikingjelly", "snntorch", "norse", "sinabs", "rockpool", "spyx")
PEERS = (*LIF_PEERS, "dcls")


def chosen(words: str) -> tuple[str, ...]:
    """Peers that a command line names: `all`, `none`, or names with commas between.

    Raises:
        UserError: a name is unknown.
    """
    if words in ("all", "none"):
        return PEERS if words == "all" else ()
    names = tuple(name.strip() for name in words.split(","))
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise UserError(
            f"--peers: {', '.join(unknown)} is unknown; use all, none, or some of "
            f"{', '.join(PEERS)} with commas between"
        )
    return names


def lif_entry(name: str, task: Task) -> Entry:
    """How a peer computes the task.

    Raises:
        Exception: it is not installed, or whatever its import may raise.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = importlib.import_module(f"benchmarks.peers.{name}")
        return module.lif(task)


def lif_contender(name: str, task: Task) -> Contender:
    """A peer that has passed its equality test, or one that says why it cannot run."""
    return checked(name, lambda: lif_entry(name, task))


def checked(name: str, make: Callable[[], Entry]) -> Contender:
    """A contender from an entry that has passed its test, or one that says why it cannot run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = make()
            equal, words = compare(made)
    except Exception as error:  # whatever a library of others may raise, installed or not
        return Contender(name, None, reason=first_line(error), optional=True)
    detail = "; ".join(part for part in (made.detail, words) if part)
    if not equal:
        return Contender(name, None, reason=f"not what was expected: {detail}", optional=True)
    return Contender(name, made.step, detail=detail, optional=True)


def must_pass(name: str, make: Callable[[], Entry]) -> Contender:
    """A contender of ours.

    Raises:
        UserError: it does not pass its test; nothing is timed then.
    """
    contender = checked(name, make)
    if contender.run is None:
        raise UserError(f"{name} does not run: {contender.reason}; nothing was timed")
    contender.optional = False
    return contender
